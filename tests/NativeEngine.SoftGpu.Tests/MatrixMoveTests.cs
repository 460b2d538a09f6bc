namespace NativeEngine.SoftGpu.Tests;

/// <summary>Matrices between shared memory and registers, and asynchronous copies into shared memory.</summary>
[TestFixture]
internal sealed class MatrixMoveTests
{
    private const string Shared = ".shared .align 16 .b8 sh[1024];";

    /// <summary>Four 8 x 8 matrices of numbered elements; element e of row r of matrix j is 64 j + 8 r + e.</summary>
    private static string Fill => """
        mov.u32 %r1, %laneid;
        shl.b32 %r2, %r1, 3;
        mul.wide.u32 %rd5, %r1, 16;
        mov.u64 %rd6, sh;
        add.s64 %rd6, %rd6, %rd5;
        mov.u32 %r3, 0;
        FILL:
        add.s32 %r4, %r2, %r3;
        cvt.u16.u32 %rs1, %r4;
        st.shared.u16 [%rd6], %rs1;
        add.s64 %rd6, %rd6, 2;
        add.s32 %r3, %r3, 1;
        setp.lt.u32 %p1, %r3, 8;
        @%p1 bra FILL;
        bar.sync 0;
        mov.u32 %r5, sh;
        mad.lo.s32 %r5, %r1, 16, %r5;
        mul.wide.u32 %rd7, %r1, 16;
        add.s64 %rd7, %rd7, %rd1;

        """;

    private static uint[] Run(string body)
    {
        using var rig = new GpuRig(track: true);
        ulong data = rig.Upload(new uint[128]);
        var result = rig.Launch(rig.Load(PtxSnippet.Kernel(Fill + body + "\nst.global.v4.b32 [%rd7], {%r10, %r11, %r12, %r13};\nret;", before: Shared))["k"],
            new Dim3(1), new Dim3(32), LaunchOptions.Sanitized, data);
        Assert.That(result.Findings, Is.Empty);
        return rig.Download<uint>(data, 128);
    }

    [TestCase("x1", false, 1)]
    [TestCase("x2", false, 2)]
    [TestCase("x4", false, 4)]
    [TestCase("x1", true, 1)]
    [TestCase("x4", true, 4)]
    public void Matrices_are_loaded(string count, bool transposed, int matrices)
    {
        string registers = string.Join(", ", Enumerable.Range(10, matrices).Select(i => $"%r{i}"));
        uint[] got = Run("mov.u32 %r11, 0; mov.u32 %r12, 0; mov.u32 %r13, "
            + $"0;\nldmatrix.sync.aligned.m8n8.{count}{(transposed ? ".trans" : "")}.shared.b16 {{{registers}}}, [%r5];");
        for (int lane = 0; lane < 32; lane++)
        {
            for (int j = 0; j < 4; j++)
            {
                // Row lane / 4, elements 2 (lane mod 4) and the next; transposed, row and element change places.
                uint Element(int e) => (uint)(64 * j + (transposed ? 8 * (2 * (lane % 4) + e) + lane / 4 : 8 * (lane / 4) + 2 * (lane % 4) + e));
                Assert.That(got[4 * lane + j], Is.EqualTo(j < matrices ? Element(0) | Element(1) << 16 : 0), $"lane {lane} matrix {j}");
            }
        }
    }

    [Test]
    public void Matrices_are_stored_and_transposed_in_registers()
    {
        uint[] got = Run("""
            ldmatrix.sync.aligned.m8n8.x2.shared::cta.b16 {%r10, %r11}, [%r5];
            bar.warp.sync -1;
            cvt.u64.u32 %rd8, %r5;
            cvta.shared.u64 %rd8, %rd8;
            stmatrix.sync.aligned.m8n8.x2.trans.b16 [%rd8+512], {%r10, %r11};
            bar.warp.sync -1;
            ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r12, %r13}, [%r5+512];
            movmatrix.sync.aligned.m8n8.trans.b16 %r11, %r11;
            """);
        for (int lane = 0; lane < 32; lane++)
        {
            uint Element(int j, int e) => (uint)(64 * j + 8 * (2 * (lane % 4) + e) + lane / 4);
            Assert.That(got[4 * lane + 2], Is.EqualTo(Element(0, 0) | Element(0, 1) << 16));
            Assert.That(got[4 * lane + 3], Is.EqualTo(Element(1, 0) | Element(1, 1) << 16));
            Assert.That(got[4 * lane + 1], Is.EqualTo(got[4 * lane + 3]));
        }
    }

    [Test]
    public void Rows_want_their_alignment_and_initialised_memory()
    {
        using var rig = new GpuRig(track: true);
        LaunchResult Load(string address) => rig.Launch(
            rig.Load(PtxSnippet.Kernel($"mov.u32 %r5, sh;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {{%r6}}, [{address}];\nret;", before: Shared))["k"],
                new Dim3(1), new Dim3(32), LaunchOptions.Sanitized, 0ul);
        Assert.That(Load("%r5+8").Fault!.Kind, Is.EqualTo(FindingKind.Misaligned));
        Assert.That(Load("%r5+1024").Fault!.Kind, Is.EqualTo(FindingKind.OutOfBounds));
        Assert.That(Load("%r5").Findings.Single().Kind, Is.EqualTo(FindingKind.UninitialisedShared));
    }

    private static (uint[] Values, LaunchResult Result) Copy(string body, bool sanitized = true, int block = 32)
    {
        using var rig = new GpuRig(track: sanitized);
        ulong data = rig.Upload(Enumerable.Range(100, 256).Select(i => (uint)i).ToArray()), output = rig.Upload(new uint[64]);
        string ptx = PtxSnippet.Kernel($"""
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd5, %r1, 16;
            add.s64 %rd6, %rd1, %rd5;
            mov.u32 %r5, sh;
            mad.lo.s32 %r5, %r1, 16, %r5;
            mul.wide.u32 %rd8, %r1, 4;
            add.s64 %rd7, %rd2, %rd8;
            {body}
            st.global.b32 [%rd7], %r9;
            ret;
            """, 2, Shared);
        var result = rig.Launch(rig.Load(ptx)["k"], new Dim3(1), new Dim3(block), sanitized ? LaunchOptions.Sanitized : null, data, output);
        return (rig.Download<uint>(output, block), result);
    }

    private static uint[] Expect(Func<int, int> lane) => [.. Enumerable.Range(0, 32).Select(i => (uint)lane(i))];

    [Test]
    public void Copies_arrive_when_they_are_waited_for()
    {
        var (values, result) = Copy("""
            cp.async.ca.shared.global [%r5], [%rd6], 16;
            cp.async.commit_group;
            cp.async.wait_group 0;
            ld.shared.u32 %r9, [%r5+12];
            """);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values, Is.EqualTo(Expect(lane => 100 + 4 * lane + 3)));
    }

    [Test]
    public void Before_the_wait_the_old_data_is_there()
    {
        const string body = """
            mov.u32 %r6, 7;
            st.shared.u32 [%r5], %r6;
            cp.async.ca.shared.global [ %r5 + 0 ], [ %rd6 + 0 ], 0x4;
            cp.async.commit_group;
            ld.shared.u32 %r7, [%r5];
            cp.async.wait_all;
            ld.shared.u32 %r8, [%r5];
            mad.lo.s32 %r9, %r7, 1000, %r8;
            """;
        Assert.That(Copy(body, false).Values, Is.EqualTo(Expect(lane => 7000 + 100 + 4 * lane)));
        // Nobody wrote there before: the sanitizer says so, at the load.
        var (_, result) = Copy("cp.async.cg.shared::cta.global.L2::128B [%r5], [%rd6], 16;\nld.shared.u32 %r9, [%r5];\ncp.async.wait_all;");
        Assert.That(result.Findings.Select(finding => finding.Kind), Is.EqualTo(new[] { FindingKind.UninitialisedShared }));
        Assert.That(result.Findings[0].Place.Instruction, Does.StartWith("ld.shared"));
    }

    [Test]
    public void Groups_arrive_oldest_first_and_lanes_count_their_own()
    {
        var (values, result) = Copy("""
            mov.u32 %r6, 0;
            st.shared.v4.u32 [%r5], {%r6, %r6, %r6, %r6};
            cp.async.ca.shared.global [%r5], [%rd6], 4;
            cp.async.commit_group;
            setp.lt.u32 %p1, %r1, 16;
            @%p1 cp.async.ca.shared.global [%r5+4], [%rd6+4], 4;
            cp.async.commit_group;
            cp.async.ca.shared.global [%r5+8], [%rd6+8], 8;
            cp.async.wait_group 1;
            ld.shared.v4.u32 {%r6, %r7, %r8, %r9}, [%r5];
            setp.ne.u32 %p2, %r7, 0;
            selp.u32 %r7, 1000, 0, %p2;
            add.s32 %r9, %r9, %r8;
            mad.lo.s32 %r9, %r9, 10000, %r6;
            add.s32 %r9, %r9, %r7;
            cp.async.wait_group 0;
            ld.shared.u32 %r8, [%r5+4];
            setp.ne.u32 %p2, %r8, 0;
            selp.u32 %r8, 5000, 0, %p2;
            add.s32 %r9, %r9, %r8;
            """);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values, Is.EqualTo(Expect(lane => 100 + 4 * lane + (lane < 16 ? 5000 : 0))));
    }

    [Test]
    public void What_is_not_read_is_zero()
    {
        var (values, result) = Copy("""
            and.b32 %r6, %r1, 3;
            shl.b32 %r6, %r6, 2;
            cp.async.cg.shared.global [%r5], [%rd6], 16, %r6;
            setp.eq.u32 %p1, %r1, 31;
            mov.u64 %rd9, 8;
            selp.b64 %rd6, %rd9, %rd6, %p1;
            cp.async.ca.shared.global [%r5+512], [%rd6], 4, %p1;
            cp.async.wait_all;
            ld.shared.v4.u32 {%r6, %r7, %r8, %r9}, [%r5];
            add.s32 %r9, %r9, %r8; add.s32 %r9, %r9, %r7; add.s32 %r9, %r9, %r6;
            ld.shared.u32 %r6, [%r5+512];
            mad.lo.s32 %r9, %r6, 10000, %r9;
            """);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values, Is.EqualTo(Expect(lane => (lane == 31 ? 0 : 10000 * (100 + 4 * lane)) + Enumerable.Range(0, lane % 4)
            .Sum(i => 100 + 4 * lane + i))));
    }

    [Test]
    public void Another_warp_reads_behind_a_barrier()
    {
        const string body = """
            cp.async.ca.shared.global [%r5], [%rd6], 4;
            cp.async.wait_all;
            BARRIER
            xor.b32 %r6, %r1, 32;
            mov.u32 %r7, sh;
            mad.lo.s32 %r7, %r6, 16, %r7;
            ld.shared.u32 %r9, [%r7];
            """;
        var (values, result) = Copy(body.Replace("BARRIER", "bar.sync 0;"), block: 64);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(values, Is.EqualTo(Enumerable.Range(0, 64).Select(i => (uint)(100 + 4 * (i ^ 32)))));
        Assert.That(Copy(body.Replace("BARRIER", ""), block: 64).Result.Findings.Select(finding => finding.Kind), Does.Contain(FindingKind.SharedRace));
    }

    [TestCase("cp.async.ca.shared.global [%r5+8], [%rd6], 16;", FindingKind.Misaligned)]
    [TestCase("cp.async.ca.shared.global [%r5], [%rd6+4], 8;", FindingKind.Misaligned)]
    [TestCase("cp.async.ca.shared.global [%r5+1024], [%rd6], 4;", FindingKind.OutOfBounds)]
    [TestCase("cp.async.ca.shared.global [%r5], [%rd6+4096], 4;", FindingKind.OutOfBounds)]
    [TestCase("cp.async.ca.shared.global [%r5], [%rd6], 4, 8;", FindingKind.OutOfBounds)]
    public void Bad_copies_are_faults(string instruction, FindingKind kind) =>
        Assert.That(Copy(instruction + "\nmov.u32 %r9, 0;").Result.Fault?.Kind, Is.EqualTo(kind));
}
