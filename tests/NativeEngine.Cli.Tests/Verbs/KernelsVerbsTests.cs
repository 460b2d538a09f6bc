using NativeEngine.Cli.Shell;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Cli.Verbs;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>kernels list, check and bench as a user runs them.</summary>
public sealed class KernelsVerbsTests
{
    [Test]
    public void List_Shows_Signature_And_Source()
    {
        var result = Support.Cli.Run("kernels", "list", "relu_*");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Match(@"relu_fwd_f32 +\d+ +0  kernels/elementwise\.cu:\d+ +const f32\* x, f32\* y, s64 n, f32 a, f32 b"));
    }

    [TestCase("list", "kernel is named softmax_fwd32, did you mean 'softmax_fwd_f32'")]
    [TestCase("check", "kernel is named softmax_fwd32, did you mean 'softmax_fwd_f32'")]
    [TestCase("bench", "workload is named softmax_fwd32, did you mean 'softmax_fwd_f32'")]
    [TestCase("trace", "kernel is named softmax_fwd32, did you mean 'softmax_fwd_f32'")]
    public void A_Wrong_Name_Gets_The_Nearest_And_Nothing_Else(string verb, string expected)
    {
        var result = Support.Cli.Run("kernels", verb, "softmax_fwd32");
        Assert.That((result.Code, result.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(result.Error, Does.Contain(expected));
    }

    [Test]
    public void Bench_Takes_Families_And_Beginnings()
    {
        var result = Support.Cli.Run("kernels", "bench", "gemm", "grad_*");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.Output, Does.Contain("gemm_nt_f32").And.Contain("grad_norm_f32").And.Not.Contain("relu"));
    }

    [TestCase("none")]
    [TestCase("all")]
    public void Check_Passes_And_Counts(string sanitize)
    {
        var result = Support.Cli.Run("kernels", "check", "optim", "softmax_fwd_f32", "--sanitize", sanitize, "--seed", "5");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Ok), result.ToString());
        Assert.That(result.LastLine, Is.EqualTo($"13 passed, 0 failed (device soft, sanitize {sanitize}, seed 5)"));
    }

    [Test]
    public void A_Kernel_That_Differs_Ends_In_Exit_8()
    {
        var gemm = KernelChecks.Select(["gemm_nn_f32"])[0];
        var wrong = gemm with
        {
            Body = run =>
        {
            run.Begin("[1,1] [1,1]");
            var c = run.Output<float>("c", 1);
            run.Launch(GemmKernels.For(false, false), GemmKernels.Shape(1, 1, 1), new(run.Input("a", [2f]), run.Input("b", [3f]), 0, c, new(1, 1, 1, 0, 0), 0));
            run.Expect(c, [7.0], 2);
        }
        };
        var output = new StringWriter();
        var before = Console.Out;
        Console.SetOut(output);
        try
        {
            Assert.That(KernelsCheckCommand.RunAll(new Terminal(false, false, false), [gemm, wrong], "soft", "none", 42), Is.EqualTo(ExitCode.CheckFailed));
        }
        finally
        {
            Console.SetOut(before);
        }

        Assert.That(output.ToString(), Does.Contain("FAIL  gemm_nn_f32: c[0] is 6, expected 7")
            .And.Contain("1 passed, 1 failed (device soft, sanitize none, seed 42)"));
    }

    [Test]
    public void Bench_Gates_On_Counters()
    {
        string file = Path.GetTempFileName();
        try
        {
            var saved = Support.Cli.Run("kernels", "bench", "reduce_sum_f32", "--save", file);
            Assert.That(saved.Code, Is.EqualTo(ExitCode.Ok), saved.ToString());
            Assert.That(Support.Cli.Run("kernels", "bench", "reduce_sum_f32", "--baseline", file, "--max-regress", "0%").Code, Is.EqualTo(ExitCode.Ok));

            // A budget of half the barriers is exceeded.
            string text = File.ReadAllText(file);
            File.WriteAllText(file, System.Text.RegularExpressions.Regex.Replace(text, @"""barriers"": \d+", "\"barriers\": 1"));
            var over = Support.Cli.Run("kernels", "bench", "reduce_sum_f32", "--baseline", file);
            Assert.That(over.Code, Is.EqualTo(ExitCode.CheckFailed), over.ToString());
            Assert.That(over.Output, Does.Contain("FAIL  reduce_sum_f32: barriers"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase("kernels check relu_fwd_f16", ExitCode.Usage, "relu_fwd_f16")]
    [TestCase("kernels check --device gpu", ExitCode.Usage, "unknown device 'gpu'")]
    [TestCase("kernels check --sanitize some", ExitCode.Usage, "expected none or all")]
    [TestCase("kernels check --device cuda --sanitize all", ExitCode.Usage, "needs --device soft")]
    [TestCase("kernels bench no_such_kernel", ExitCode.Usage, "no workload is named no_such_kernel")]
    [TestCase("kernels bench relu_fwd_f32 --baseline no-such-file.json", ExitCode.Usage, "no-such-file.json does not exist")]
    [TestCase("kernels bench relu_fwd_f32 --max-regress much", ExitCode.Usage, "expected a percentage")]
    public void Wrong_Usage_Is_Named(string line, ExitCode code, string message)
    {
        var result = Support.Cli.Run(line.Split(' '));
        Assert.That(result.Code, Is.EqualTo(code), result.ToString());
        Assert.That(result.Error, Does.Contain(message));
    }
}
