using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Benchmarks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The kernels' exact counters against the committed budget, and the gate itself.</summary>
public class KernelBudgetTests
{
    private static readonly KernelCounts Counts = new(1000, 100, 50, 50, 0, 0, 4);

    private static KernelBudget Committed => KernelBudget.Read(Path.Combine(Sources.KernelFolder, "counters.json"));

    [Test]
    public void NoKernelNeedsMoreThanItsBudget()
    {
        var counted = KernelWorkloads.All.ToDictionary(w => w.Name, w => KernelMeter.Budgeted(KernelMeter.Measure(w, 0, sanitize: true).Counters));
        Assert.That(Committed.Exceeded(counted, 0.02), Is.Empty, "write a new budget with: nengine kernels bench --save kernels/counters.json");
        Assert.That(Committed.Kernels.Keys, Is.EquivalentTo(counted.Keys));
    }

    /// <summary>Products are bound by arithmetic and read their operands once per tile; everything else must not read twice what it can keep.</summary>
    [Test]
    public void MemoryBoundKernelsMoveLittleMoreThanTheirTensors()
    {
        var measured = KernelWorkloads.All.Where(w => w.Kernel.Family != "gemm" && !w.Name.StartsWith("conv_", StringComparison.Ordinal))
            .Select(w => (w.Name, Ratio: Committed.Kernels[w.Name].MovedSectors * 32.0 / w.MinimumBytes));
        Assert.That(measured.Where(m => m.Ratio > 1.15).Select(m => $"{m.Name} {m.Ratio:F3}"), Is.Empty);
    }

    [Test]
    public void GrowthOverTheAllowedShareIsNamed()
    {
        var budget = new KernelBudget(new() { ["a"] = Counts });
        Assert.That(budget.Exceeded(new Dictionary<string, KernelCounts> { ["a"] = Counts with { Sectors = 51 } }, 0.02), Is.Empty);
        Assert.That(budget.Exceeded(new Dictionary<string, KernelCounts> { ["a"] = Counts with { Sectors = 52, BankConflicts = 1 } }, 0.02),
            Is.EqualTo(new[] { "a: sectors 52, baseline 50 (+4.0%)", "a: bank conflicts 1, baseline 0 (from none)" }));
        Assert.That(budget.Exceeded(new Dictionary<string, KernelCounts> { ["b"] = Counts }, 0.02), Is.EqualTo(new[] { "b is not in the baseline" }));
    }

    [TestCase("{\"kernels\":", "not a file of kernel counters")]
    [TestCase("{}", "has no \"kernels\"")]
    public void WrongFilesAreNamed(string text, string message)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        try
        {
            Assert.That(() => KernelBudget.Read(file), Throws.TypeOf<UsageException>().With.Message.Contains(message));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.That(() => KernelBudget.Read(file), Throws.TypeOf<UsageException>().With.Message.Contains("does not exist"));
    }

    [Test]
    public void EstimateIsTheSlowerOfMemoryAndInstructions()
    {
        var gpu = new GpuModel("test", 100, 10, 1);
        Assert.That(gpu.Microseconds(1_000_000, 0), Is.EqualTo(320).Within(1e-9));
        Assert.That(gpu.Microseconds(0, 1_280_000), Is.EqualTo(1).Within(1e-9));
    }
}
