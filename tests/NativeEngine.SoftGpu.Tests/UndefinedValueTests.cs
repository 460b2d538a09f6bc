namespace NativeEngine.SoftGpu.Tests;

/// <summary>Copying what nobody wrote is no finding; to let it decide, address, or leave the thread is.</summary>
[TestFixture]
internal sealed class UndefinedValueTests
{
    private const string Structures =
        ".local .align 8 .b8 src[8];\n.local .align 8 .b8 dst[8];\nmov.u32 %r1, %tid.x;\nst.local.u8 [src], %r1;\nst.local.u32 [src+4], %r1;\n";

    private static readonly string Bytewise =
        string.Concat(Enumerable.Range(0, 8).Select(i => $"ld.local.u8 %rs1, [src+{i}];\nst.local.u8 [dst+{i}], %rs1;\n"));

    /// <summary>Ways to copy a structure of a byte, three bytes of padding and a word.</summary>
    private static IEnumerable<TestCaseData> Copies()
    {
        yield return new TestCaseData(Bytewise).SetArgDisplayNames("bytes");
        yield return new TestCaseData("mov.u32 %r9, 0;\n$L:\nmov.u64 %rd5, src;\ncvta.local.u64 %rd5, %rd5;\nmov.u64 %rd6, dst;\ncvta.local.u64 %rd6, "
            + "%rd6;\ncvt.u64.u32 %rd7, %r9;\nadd.s64 %rd5, %rd5, %rd7;\nadd.s64 %rd6, %rd6, %rd7;\n"
            + "ld.u8 %rs1, [%rd5];\nst.u8 [%rd6], %rs1;\nadd.u32 %r9, %r9, 1;\nsetp.lt.u32 %p1, %r9, 8;\n@%p1 bra $L;\n")
                .SetArgDisplayNames("bytes in a loop, generic addresses");
        yield return new TestCaseData("ld.local.u16 %rs1, [src];\nst.local.u16 [dst], %rs1;\nld.local.s16 %rs2, [src+2];\nst.local.u16 [dst+2], "
            + "%rs2;\nld.local.f32 %f1, [src+4];\nst.local.f32 [dst+4], %f1;\n").SetArgDisplayNames("halves");
        yield return new TestCaseData("ld.local.u64 %rd5, [src];\nst.local.u64 [dst], %rd5;\n").SetArgDisplayNames("one word");
        yield return new TestCaseData("ld.local.v2.u32 {%r3, %r4}, [src];\nst.local.v2.u32 [dst], {%r3, %r4};\n").SetArgDisplayNames("a vector");
        yield return new TestCaseData("ld.local.u64 %rd5, [src];\nmov.b64 {%r3, %r4}, %rd5;\nmov.b64 %rd6, {%r3, %r4};\nst.local.u64 [dst], %rd6;\n")
            .SetArgDisplayNames("unpacked and packed");
        yield return new TestCaseData("ld.local.u64 %rd5, [src];\nshr.u64 %rd6, %rd5, 32;\ncvt.u32.u64 %r3, %rd6;\nst.local.u32 [dst+4], "
            + "%r3;\ncvt.u32.u64 %r4, %rd5;\nand.b32 %r5, %r4, 255;\nst.local.u32 [dst], %r5;\n").SetArgDisplayNames("shifted and masked");
    }

    [TestCaseSource(nameof(Copies))]
    public void Padding_may_be_copied(string copy) =>
        Assert.That(Run(Structures + copy + "ld.local.u8 %rs3, [dst];\nld.local.u32 %r6, [dst+4];\ncvt.u32.u16 %r7, %rs3;\nadd.u32 %r6, %r6, "
            + "%r7;\nst.global.u32 [%rd1], %r6;\nret;"), Is.Empty);

    [TestCase("ld.local.u8 %rs3, [dst+1];\nst.global.u8 [%rd1], %rs3;\nret;", TestName = "A copied undefined byte is stored globally")]
    [TestCase("ld.local.u32 %r6, [dst];\nst.global.u32 [%rd1], %r6;\nret;", TestName = "A word with undefined bytes is stored globally")]
    [TestCase("cvta.global.u64 %rd9, %rd1;\nld.local.u8 %rs3, [dst+1];\nst.u8 [%rd9], %rs3;\nret;",
        TestName = "A copied undefined byte is stored globally through a generic address")]
    [TestCase("ld.local.u8 %rs3, [dst+2];\nsetp.eq.u16 %p2, %rs3, 0;\n@%p2 st.global.u32 [%rd1], %r1;\nret;", TestName = "A copied undefined byte decides")]
    [TestCase("ld.local.u8 %rs3, [dst+3];\ncvt.u64.u16 %rd8, %rs3;\nand.b64 %rd8, %rd8, 0;\nadd.s64 %rd8, %rd8, %rd1;\nld.local.u8 %rs4, "
        + "[dst+3];\nst.local.u8 [dst+2], %rs4;\nld.local.u8 %rs5, [dst+2];\ncvt.u64.u16 %rd9, %rs5;\nshl.b64 %rd9, %rd9, 2;\nadd.s64 %rd9, %rd9, "
            + "%rd8;\nst.global.u32 [%rd9], %r1;\nret;", TestName = "A copied undefined byte is an address")]
    [TestCase("ld.local.u32 %r6, [dst];\nst.local.u32 [src], %r6;\nld.local.u32 %r7, [src];\nred.global.add.u32 [%rd1], %r7;\nret;",
        TestName = "A copied undefined word is added")]
    public void What_nobody_wrote_is_found_where_it_is_used(string use) =>
        Assert.That(Run(Structures + Bytewise + use).Select(finding => finding.Kind),
            Has.Some.AnyOf(FindingKind.UninitialisedLocal, FindingKind.UninitialisedRegister));

    [TestCase("1", false)]
    [TestCase("0", true)]
    public void A_local_that_only_some_lanes_set_may_be_broadcast(string lane, bool found)
    {
        // As unoptimised code does it: everything goes through the stack.
        var findings = Run($"""
            .local .align 4 .b8 frame[16];
            mov.u64 %rd5, frame;
            cvta.local.u64 %rd6, %rd5;
            cvta.global.u64 %rd7, %rd1;
            mov.u32 %r1, %tid.x;
            setp.ne.u32 %p1, %r1, 1;
            @%p1 bra $L;
            st.u32 [%rd6], %r1;
            $L:
            ld.u32 %r2, [%rd6];
            st.u32 [%rd6+4], %r2;
            ld.u32 %r3, [%rd6+4];
            shfl.sync.idx.b32 %r4, %r3, {lane}, 31, -1;
            st.u32 [%rd6], %r4;
            ld.u32 %r5, [%rd6];
            st.u32 [%rd7], %r5;
            ret;
            """);
        Assert.That(findings.Select(finding => finding.Kind), found ? Is.EqualTo(new[] { FindingKind.UninitialisedRegister }) : Is.Empty);
        if (found)
            Assert.That(findings[0].Message, Does.Contain("register %r5 depends on what was never written"));
    }

    [TestCase("ld.param.b32 %r3, [a+4];\nst.param.b32 [y], %r3;", false)]
    [TestCase("ld.param.b8 %r3, [a+1];\nst.param.b32 [y], %r3;", true)]
    public void Padding_may_be_passed(string body, bool found)
    {
        string ptx = PtxSnippet.Kernel(
            Structures + "{\n.param .align 8 .b8 in[8];\n.param .b32 out;\n"
                + string.Concat(Enumerable.Range(0, 8).Select(i => $"ld.local.u8 %rs1, [src+{i}];\nst.param.b8 [in+{i}], %rs1;\n"))
            + "call (out), second, (in);\nld.param.b32 %r6, [out];\n}\nst.global.u32 [%rd1], %r6;\nret;",
            before: $".func (.param .b32 y) second(.param .align 8 .b8 a[8]) {{ .reg .b32 %r<9>; {body} ret; }}");
        Assert.That(RunText(ptx).Any(finding => finding.Kind is FindingKind.UninitialisedLocal or FindingKind.UninitialisedRegister), Is.EqualTo(found));
    }

    private static IReadOnlyList<Finding> Run(string body) => RunText(PtxSnippet.Kernel(body));

    private static IReadOnlyList<Finding> RunText(string ptx)
    {
        using var rig = new GpuRig(track: true);
        ulong address = rig.Upload(new int[64], "data");
        return rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(2), new LaunchOptions { Observers = ObserverSet.Initialised }, address).Findings;
    }
}
