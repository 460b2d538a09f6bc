using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>What a training step of a residual network asks of memory.</summary>
[TestFixture("resnet18_cifar", 16)]
[TestFixture("resnet18", 64)]
public sealed class StepTrafficTests(string model, int size)
{
    private const double Allowed = 1.15;

    /// <summary>Below this a kernel's few sectors are cut by rows, not by its plan.</summary>
    private const long Negligible = 64 << 10;

    private IReadOnlyDictionary<string, KernelTraffic> _traffic = new Dictionary<string, KernelTraffic>();
    private long _peak, _live, _allocations;

    [OneTimeSetUp]
    public void Run()
    {
        using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions { CountMemory = true }).CreateBackend(), model, batch: 2, optimizer: "sgd",
            imgSize: size);
        rig.Queue();
        rig.Queue();
        rig.Cuda.Synchronize();
        var (before, counters) = (rig.Device.Traffic, rig.Device.Counters);
        rig.Queue();
        rig.Cuda.Synchronize();
        _traffic = KernelTraffic.Between(before, rig.Device.Traffic);
        _allocations = rig.Device.Counters.Since(counters).Allocations;
        (_peak, _live) = (rig.Device.MemoryInUse.High, rig.Cuda.Memory.PeakBytes);
    }

    [Test]
    public void Own_kernels_move_little_more_than_they_read_and_write()
    {
        Assert.That(_traffic, Is.Not.Empty);
        foreach (var (name, k) in _traffic.OrderByDescending(k => k.Value.Bytes))
            TestContext.Out.WriteLine($"{name,-28} {k.Launches,4} launches {k.Bytes,12} bytes, {k.BytesMinimum,12} at least, {k.Ratio:F3} x");
        Assert.That(_traffic.Where(k => k.Value.BytesMinimum >= Negligible && k.Value.Ratio > Allowed).Select(k => $"{k.Key} {k.Value.Ratio:F3}"), Is.Empty);
        Assert.That((double)_traffic.Values.Sum(k => k.Bytes) / _traffic.Values.Sum(k => k.BytesMinimum), Is.LessThanOrEqualTo(Allowed));
    }

    [Test]
    public void Device_memory_is_little_more_than_the_tensors_in_it()
    {
        TestContext.Out.WriteLine($"peak {_peak}, tensors {_live}, {(double)_peak / _live:F3} x");
        Assert.That((double)_peak / _live, Is.InRange(1, 1.1));
        Assert.That(_allocations, Is.Zero, "in the third step");
    }
}
