using NativeEngine.Core;
using NativeEngine.SoftGpu.Lab;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>What the parser refuses, and that it says where.</summary>
[TestFixture]
internal sealed class ParserTests
{
    private static PtxException Refused(string text) => Assert.Throws<PtxException>(() => PtxModule.Parse(text, "bad.ptx"))!;

    [TestCase("frobnicate.f32 %f1, %f2;", "unknown instruction 'frobnicate'")]
    [TestCase("add.rn.f31 %f1, %f2, %f3;", "modifier '.f31' is unknown")]
    [TestCase("add.f32 %f1, %f2;", "'add' takes 3 operands, found 2")]
    [TestCase("add.f32 %f1, %f2, %f3, %f4;", "expected ';' after operand 3")]
    [TestCase("add.f32 %f1, %f2, %rd3;", "register '%rd3' is .b64, .f32 is wanted")]
    [TestCase("add.f32 %f1, %f2, 1;", "written 0f... or with a decimal point")]
    [TestCase("add.s32 %r1, %r2, 4294967296;", "does not fit in .s32")]
    [TestCase("add.s32 %r1, %r2, 0f3F800000;", "cannot stand where .s32 is wanted")]
    [TestCase("add.s32 1, %r2, %r3;", "a constant cannot be a destination")]
    [TestCase("add.s32 %r1, %r2, %r99;", "register '%r99' is not declared")]
    [TestCase("mov.u32 %tid.x, %r1;", "'%tid.x' is read-only")]
    [TestCase("mov.b32 {%rs1, %rs2, %rs3}, %r1;", "the braces hold 3 elements")]
    [TestCase("mov.b32 {%r1, %r2}, %r1;", "register '%r1' is .b32, .b16 is wanted")]
    [TestCase("mov.u64 %rd1, nothing;", "'nothing' is not declared")]
    [TestCase("mul.s32 %r1, %r2, %r3;", "modifier '.s32'")]
    [TestCase("setp.lt.b32 %p1, %r1, %r2;", "modifier '.b32'")]
    [TestCase("shfl.bfly.b32 %r1, %r2, 1, 31;", "'shfl.bfly.b32' does not exist from PTX version 6.4 and target sm_70 on")]
    [TestCase("vote.ballot.b32 %r1, %p2;", "'vote.ballot.b32' does not exist from PTX version 6.4 and target sm_70 on")]
    [TestCase("wgmma.fence.sync.aligned;", "'wgmma.fence.sync.aligned' is not supported: matrix products of whole warp groups")]
    [TestCase("cp.async.bulk.commit_group;", "'cp.async.bulk.commit_group' is not supported: bulk copies")]
    [TestCase("barrier.cluster.arrive;", "'barrier.cluster.arrive' is not supported: thread block clusters")]
    [TestCase("ld.global.L2::cache_hint.u32 %r1, [%rd1];", "'ld' takes 3 operands, found 2")]
    [TestCase("ld.global.u32 %r1, [%rd1], %rd2;", "expected ';' after operand 2")]
    [TestCase("ld.global.L1::evict_sometimes.u32 %r1, [%rd1];", "modifier '.L1::evict_sometimes'")]
    [TestCase("lop3.b32 %r1, %r2, %r3, %r4, 256;", "a table of 8 bits is wanted, found 256")]
    [TestCase("lop3.b32 %r1, %r2, %r3, %r4, -150;", "a table of 8 bits is wanted, found -150")]
    [TestCase("bra NOWHERE;", "label 'NOWHERE' is not declared here")]
    [TestCase("@%r1 bra END;", "the guard '%r1' is .b32")]
    [TestCase("ld.global.u32 %r1, [%r2];", "address register '%r2' is .b32")]
    [TestCase("ld.global.u32 %r1, [sh];", "'sh' is in shared memory")]
    [TestCase("ld.shared.v3.u32 {%r1, %r2, %r3}, [sh];", "modifier '.v3'")]
    [TestCase("ld.shared.v2.u32 {%r1}, [sh];", "the vector operand has 1 elements")]
    [TestCase("call foo;", "function 'foo' is not declared")]
    [TestCase("call (%r1), add1, (%r2, %r3);", "function 'add1' has 1 arguments, the call 2")]
    [TestCase("call add1, (%r2);", "function 'add1' has 1 results, the call 0")]
    [TestCase("call (%r1), add1, (%rs2);", "function 'add1' has 4 bytes as number 1 of its arguments, '%rs2' has 2")]
    [TestCase("call (%r1), %rd1, (%r2);", "needs a prototype or a list of targets")]
    [TestCase("call (%r1), %r1, (%r2), proto;", "the address of a function takes 64 bits")]
    [TestCase("call (%r1), %rd1, (%r2), nothing;", "'nothing' is no prototype")]
    [TestCase("call (%r1), add1, (sh);", "'sh' is no register and no .param variable")]
    [TestCase("mov.u32 %r1, add1;", "the address of 'add1' cannot stand where .u32 is wanted")]
    [TestCase("st.param.u64 [p0], %rd1;", "[p0] is a parameter of the kernel, which cannot be written")]
    [TestCase("brx.idx %r1, nothing;", "'nothing' is no list of labels")]
    [TestCase("nothing: .branchtargets NOWHERE;", "label 'NOWHERE' is not declared here")]
    [TestCase(".reg .b32 %r<4>;", "register '%r' is declared twice")]
    [TestCase(".pragma fast;", "expected a pragma in quotes")]
    [TestCase(".local .align 3 .b8 x[4];", "the alignment must be a power of two")]
    [TestCase(".shared .b8 x[];", "needs a size")]
    [TestCase("/* no end", "this comment has no end")]
    [TestCase("add.s32 %r1, %r2, \u00e9;", "unexpected character U+00E9")]
    public void Errors_name_the_problem_and_its_line(string line, string problem)
    {
        string text = PtxSnippet.Kernel(line + "\nEND:\nret;",
            before: ".shared .align 16 .b8 sh[64];\n.func (.reg .b32 y) add1(.reg .b32 x) { add.s32 y, x, 1; ret; }");
        var error = Refused(text);
        Assert.That(error.Message, Does.Contain(problem));
        Assert.That(error.Message, Does.StartWith($"bad.ptx:{error.Line}:{error.Column}: "));
        Assert.That(error.Line, Is.EqualTo(PtxSnippet.LineOf(text, line)), error.Message);
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Usage));
    }

    [TestCase("", "PTX starts with .version")]
    [TestCase(".version 5.9\n.target sm_70\n.address_size 64\n", "PTX version 5.9 is not supported")]
    [TestCase(".version 6.3\n.target sm_20\n.address_size 64\n", "target 'sm_20' is not supported")]
    [TestCase(".version 6.3\n.target sm_90\n.address_size 64\n", "target sm_90 needs PTX version 7.8")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 32\n", ".address_size 32 is not supported")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.visible .func f() { ret;", "the body has no end")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.func f;\n.alias g, f;", "function 'g' is not declared")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.global .u32 t[1] = {f};", "an address takes 64 bits")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.global .u64 t[1] = {f};", "'f' is not declared")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.global .u32 t[2][2] = {{1, 2, 3}};", "more initial values")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.extern .global .u32 x;", "without a linker")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.visible .entry k() {\nret;\n", "has no end")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.visible .entry k() {}\n.visible .entry k() {}", "declared twice")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.visible .entry k() .fast {}", "unknown kernel directive '.fast'")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.const .u32 t[2] = {1, 2, 3};", "more initial values")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.global .b8 t[99999999999];", "an array size must lie in")]
    [TestCase(".version 6.3\n.target sm_70\n.address_size 64\n.visible .entry k() { .reg .b32 %r<3>; redux.sync.add.s32 %r1, %r2, -1; ret; }",
        "needs PTX version 7.0 and target sm_80")]
    public void Modules_are_refused_with_a_reason(string text, string problem) => Assert.That(Refused(text).Message, Does.Contain(problem));

    [Test]
    public void A_kernel_that_cannot_be_read_does_not_block_the_others()
    {
        const string good = ".visible .entry good(.param .u64 p)\n{\n.reg .b64 %rd<2>; .reg .b32 %r<2>;\nld.param.u64 %rd1, [p];\nmov.u32 %r1, "
            + "5;\nst.global.u32 [%rd1], %r1;\nret;\n}\n";
        const string bad = ".visible .entry bad(.param .u64 p)\n{\n{\nwgmma.fence.sync.aligned;\n}\nret;\n}\n";
        using var rig = new GpuRig();
        foreach (string text in new[] { good + bad, bad + good })
        {
            var module = rig.Load(PtxSnippet.Header + text);
            ulong data = rig.Upload(new uint[1]);
            Assert.That(rig.Launch(module["good"], new Dim3(1), new Dim3(1), null, data).Findings, Is.Empty);
            Assert.That(rig.Download<uint>(data, 1)[0], Is.EqualTo(5));
            var problem = Assert.Throws<PtxException>(() => _ = module["bad"])!;
            Assert.That(problem.Message, Does.Contain("'wgmma.fence.sync.aligned' is not supported"));
            Assert.That(problem.Line, Is.EqualTo(PtxSnippet.LineOf(PtxSnippet.Header + text, "wgmma")));
        }
        Assert.That(Refused(PtxSnippet.Header + bad).Message, Does.Contain("wgmma"));
        Assert.That(Refused(PtxSnippet.Header + bad + good + "}").Message, Does.Contain("wgmma"));
    }

    [Test]
    public void Untyped_registers_fit_every_class_of_their_size() =>
        Assert.That(() => PtxModule.Parse(PtxSnippet.Kernel("add.f32 %f1, %f2, %r3;\nret;"), "good.ptx"), Throws.Nothing);

    [Test]
    public void Inner_scopes_hide_registers_and_labels()
    {
        var module = PtxModule.Parse(PtxSnippet.Kernel("mov.u32 %r1, 1;\n{\n.reg .b32 tmp;\nmov.u32 tmp, 2;\nbra L;\nL:\n}\n{\n.reg .b32 tmp;\nmov.u32 "
            + "tmp, 3;\nbra L;\nL:\n}\nret;"), "scopes.ptx");
        var entry = module.Entries[0];
        Assert.That(entry.Registers.Count(register => register.Name == "tmp"), Is.EqualTo(2));
        Assert.That(() => PtxModule.Parse(PtxSnippet.Kernel("{\n.reg .b32 tmp;\n}\nmov.u32 tmp, 1;\nret;"), "x"), Throws.TypeOf<PtxException>());
    }

    [Test]
    public void Committed_kernels_read_back_as_written()
    {
        foreach (string path in Directory.GetFiles(GpuRig.PtxFolder, "*.ptx"))
        {
            string text = File.ReadAllText(path);
            Assert.That(ReadBack.Problem(text, PtxModule.Parse(text, path)), Is.Null, path);
        }
    }

    [Test]
    public void Mutated_texts_neither_crash_nor_hang_nor_are_misread([Values(11ul, 12ul)] ulong seed)
    {
        var report = PtxFuzzer.Run(4000, seed, TestContext.Out);
        TestContext.Out.WriteLine(report);
        Assert.That(report.Failures, Is.Empty);
        Assert.That(report.Refused, Is.GreaterThan(100));
        Assert.That(report.Accepted, Is.GreaterThan(100));
    }

    [TestCase("wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8}, [%rd1];",
        "'wmma.load.a.sync.aligned.row.m16n16k16.global.f16' is not supported: matrices whose layout")]
    [TestCase("wmma.store.d.sync.aligned.row.m16n16k16.global.f32 [%rd1], {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8};", "not supported: matrices whose layout")]
    [TestCase("vadd.s32.s32.s32 %r1, %r2.b0, %r3;", "'vadd.s32.s32.s32' is not supported: video instructions")]
    [TestCase("vset4.u32.u32.eq %r1, %r2, %r3, %r4;", "not supported: video instructions")]
    [TestCase("vmad.s32.s32.s32.shr7 %r1, %r2, %r3, -%r4;", "not supported: video instructions")]
    public void What_is_out_of_scope_refuses_its_kernel_alone(string instruction, string reason)
    {
        using var rig = new GpuRig();
        var module = rig.Load(PtxSnippet.Kernel(instruction + "\nret;") + ".visible .entry good(.param .u64 p) { ret; }");
        Assert.That(rig.Launch(module["good"], new Dim3(1), new Dim3(1), null, 0ul).Findings, Is.Empty);
        Assert.That(() => module["k"], Throws.TypeOf<PtxException>().With.Message.Contains(reason));
    }
}
