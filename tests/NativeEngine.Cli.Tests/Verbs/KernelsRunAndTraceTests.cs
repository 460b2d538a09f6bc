using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary><c>kernels run</c> on texts a user may bring, good and bad, and <c>kernels trace</c>.</summary>
[TestFixture, NonParallelizable]
internal sealed class KernelsRunAndTraceTests
{
    private const string Head = ".version 6.3\n.target sm_70\n.address_size 64\n";

    private const string Scale = Head + """
        .visible .entry scale(.param .u64 data, .param .f32 factor)
        {
        .reg .b32 %r<2>; .reg .b64 %rd<4>; .reg .f32 %f<4>;
        ld.param.u64 %rd1, [data];
        ld.param.f32 %f1, [factor];
        mov.u32 %r1, %tid.x;
        mul.wide.u32 %rd2, %r1, 4;
        add.s64 %rd3, %rd1, %rd2;
        ld.global.f32 %f2, [%rd3];
        mul.rn.f32 %f3, %f2, %f1;
        st.global.f32 [%rd3], %f3;
        ret;
        }
        """;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("ne-ptx-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, true);

    private CliResult Run(string ptx, params string[] rest)
    {
        string path = Path.Combine(_folder, "user.ptx");
        File.WriteAllText(path, ptx);
        return Support.Cli.Run(["kernels", "run", path, .. rest]);
    }

    [Test]
    public void A_kernel_runs_and_shows_its_buffers()
    {
        var result = Run(Scale, "scale", "--block", "4", "--arg", "f32[4]=1,2,3,4", "--arg", "2.5");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("data f32[4]: 2.5 5 7.5 10"));
        Assert.That(result.Output, Does.Contain("36 thread instructions"));
    }

    [Test]
    public void Short_floats_infinities_and_nans_are_given_and_shown()
    {
        var result = Run($"{Head}.visible .entry k(.param .u64 a, .param .u64 b, .param .f32 c)\n{{\nret;\n}}\n", "k", "--arg", "bf16[4]=-0.1,inf,nan,65504",
            "--arg", "f16[2]=65504,-inf", "--arg", "nan");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("a bf16[4]: -0.10009765625 inf nan 65536").And.Contain("b f16[2]: 65504 -inf"));
    }

    [Test]
    public void An_access_past_the_buffer_is_one_line_with_its_place()
    {
        var result = Run(Scale, "scale", "--block", "5", "--arg", "f32[4]=iota", "--arg", "1");
        Assert.That(result.Code, Is.EqualTo(ExitCode.CheckFailed));
        Assert.That(result.Output, Does.StartWith("OutOfBounds: read of 4 bytes at address 0x"));
        Assert.That(result.Output.Split('\n')[0], Does.Contain("thread (4,0,0)").And.Contain("user.ptx:12"));
    }

    [TestCase("add.q32 %r1, %r1, 1;", "user.ptx:7:4: 'add.q32': modifier '.q32' is unknown")]
    [TestCase("nonsense;", "user.ptx:7:1: unknown instruction 'nonsense'")]
    public void Bad_text_is_one_line_with_its_place(string line, string problem)
    {
        var result = Run($"{Head}.visible .entry k()\n{{\n.reg .b32 %r<2>; .reg .pred %p<2>;\n{line}\nret;\n}}\n", "k");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Does.Contain(problem));
        Assert.That(result.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("L:\nbra.uni L;", "InstructionBudget", "--budget", "100000")]
    [TestCase("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 8;\n@%p1 bra END;\nbar.sync 0;\nEND:", "BarrierDivergence")]
    [TestCase("mov.u32 %r1, %tid.x;\nsetp.lt.u32 %p1, %r1, 32;\n@%p1 bra B;\nbar.sync 1;\nB:\nbar.sync 2;", "BarrierDivergence", "--block", "64")]
    [TestCase("trap;", "Trap")]
    [TestCase("", "Launch: block (4096,1,1) has 4096 threads", "--block", "4096")]
    [TestCase("", "Launch: grid (1,70000,1) is larger", "--grid", "1,70000")]
    [TestCase("", "Launch: 0 static and 99999 dynamic bytes of shared memory", "--shared", "99999")]
    public void Bad_kernels_are_findings_and_the_process_survives(string body, string finding, params string[] options)
    {
        var result = Run($"{Head}.visible .entry k()\n{{\n.reg .b32 %r<2>; .reg .pred %p<2>;\n{body}\nret;\n}}\n", ["k", .. options]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.CheckFailed), result.ToString());
        Assert.That(result.Output, Does.StartWith(finding));
        Assert.That(result.Output.Split('\n')[0], Does.Contain("kernel k"));
    }

    [TestCase("no kernel 'scole'", "scole")]
    [TestCase("takes 2 arguments (.u64 data, .f32 factor), 1 were given", "scale", "--arg", "null")]
    [TestCase("expected a number", "scale", "--arg", "null", "--arg", "much")]
    [TestCase("expected TYPE[COUNT]", "scale", "--arg", "f32[x]", "--arg", "1")]
    [TestCase("2 values for 3 elements", "scale", "--arg", "f32[3]=1,2", "--arg", "1")]
    public void Bad_arguments_are_usage_errors(string problem, params string[] arguments)
    {
        var result = Run(Scale, arguments);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage), result.ToString());
        Assert.That(result.Error, Does.Contain(problem));
    }

    [Test]
    public void Uninitialised_reads_are_found_on_demand()
    {
        Assert.That(Run(Scale, "scale", "--block", "4", "--arg", "f32[4]", "--arg", "1").Code, Is.EqualTo(ExitCode.Ok));
        var result = Run(Scale, "scale", "--block", "4", "--arg", "f32[4]", "--arg", "1", "--sanitize");
        Assert.That(result.Code, Is.EqualTo(ExitCode.CheckFailed));
        Assert.That(result.Output, Does.StartWith("UninitialisedGlobal"));
    }

    [Test]
    public void A_trace_prints_instructions_with_values_under_source_lines()
    {
        var result = Support.Cli.Run("kernels", "trace", "relu_fwd_f32", "--block", "0", "--thread", "5");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Match(@"(?m)^elementwise\.cu:\d+  \S").And.Match(@"(?m)^include/compiler\.cuh:\d+  NE_DEVICE ne_long ne_start\(\)"),
            "lines of headers too");
        Assert.That(result.Output, Does.Match(@"mov\.u32 %r\d+, %tid\.x; +%r\d+=5"));
        Assert.That(result.Output, Does.Contain("instructions of block (0,0,0) thread (5,0,0)"));
        Assert.That(Support.Cli.Run("kernels", "trace", "relu_fwd_f99").Error, Does.Contain("no kernel is named relu_fwd_f99"));
        Assert.That(Support.Cli.Run("kernels", "trace", "relu_fwd_f32", "--block", "9999").Code, Is.EqualTo(ExitCode.Usage));
    }
}
