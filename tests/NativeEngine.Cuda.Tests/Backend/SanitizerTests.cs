using NativeEngine.Core;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.TestKit;
using NativeEngine.Verify;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>The sanitizers are on in the test run, and a wrong kernel fails the fixtures that watch for it even where its numbers are right.</summary>
[TestFixture]
public sealed class SanitizerTests
{
    /// <summary>One bug per sanitizer: the kernel, what is changed in its PTX, an op case that runs it, and what must be found.</summary>
    private static IEnumerable<TestCaseData> Bugs()
    {
        yield return new TestCaseData("batch_norm_stats_f32", "bar.sync \t0;", "", "batch_norm", "SharedRace").SetArgDisplayNames("a barrier is missing");
        yield return new TestCaseData("batch_norm_finish_f32", "st.global.f32", "// st.global.f32", "batch_norm", "UninitialisedGlobal")
            .SetArgDisplayNames("a result is not written");
        yield return new TestCaseData("batch_norm_stats_f32", "st.shared.f64", "// st.shared.f64", "batch_norm", "UninitialisedShared")
            .SetArgDisplayNames("nothing is put into shared memory");
    }

    [Test]
    public void Are_on()
    {
        string? set = Environment.GetEnvironmentVariable("NENGINE_SOFT_SANITIZE");
        if (set == "0")
            Assert.Ignore("switched off by NENGINE_SOFT_SANITIZE=0");
        Assert.That(new SoftGpuOptions().Sanitize, Is.True, "tests/sanitized.runsettings sets NENGINE_SOFT_SANITIZE");
    }

    [TestCaseSource(nameof(Bugs))]
    public void The_op_fixture_fails_on(string kernel, string text, string wrong, string op, string rule)
    {
        List<string> found = [];
        var options = new SoftGpuOptions { Sanitize = true, Found = f => found.Add(f.Rule), ChangeKernels = ptx => Change(ptx, kernel, text, wrong) };
        using var fixture = new CudaOpTests(new TestBackend("planted",
            () => new SoftDevice(options).CreateBackend(new CudaOptions { UseLibraries = false, SeparateAllocations = true }))
        { Poison = false });
        fixture.Open();
        Assert.That(() => { foreach (var c in OpCatalogue.All.Where(c => c.Op == op)) fixture.Equals_reference(c); },
            Throws.TypeOf<DeviceException>().With.Message.Contains("CUDA_ERROR_LAUNCH_FAILED"));
        Assert.That(found, Does.Contain(rule));
    }

    [Test]
    public void A_training_fails_on_a_missing_barrier_and_names_the_source_line()
    {
        var gpu = new SoftDevice(new SoftGpuOptions
        {
            Sanitize = true,
            ChangeKernels = static ptx => Change(ptx, "batch_norm_stats_f32", "bar.sync \t0;", "")
        });
        using var rig = new TrainingRig(gpu.CreateBackend(), "smallcnn");
        Assert.Throws<DeviceException>(() => rig.Losses(2));
        Assert.That(gpu.Findings.Select(f => f.ToString()), Has.Some.Contains("SharedRace").And.Some.Contains("columns.cuh:"));
    }

    private static string Change(string ptx, string kernel, string text, string wrong)
    {
        int from = ptx.IndexOf($".entry {kernel}(", StringComparison.Ordinal);
        if (from < 0)
            return ptx;
        int to = ptx.IndexOf("\n}", from, StringComparison.Ordinal);
        string body = ptx[from..to];
        Assert.That(body, Does.Contain(text), $"{kernel} has something to change");
        return ptx[..from] + body.Replace(text, wrong, StringComparison.Ordinal) + ptx[to..];
    }
}
