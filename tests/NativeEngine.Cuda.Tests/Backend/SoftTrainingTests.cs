using NativeEngine.Cpu;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

[TestFixture]
public class SoftTrainingTests
{
    [TestCase("lenet", "adam", true)]
    [TestCase("lenet", "sgd", false)]
    [TestCase("smallcnn", "adam", true)]
    public void Losses_equal_the_cpus(string model, string optimizer, bool libraries)
    {
        using var cpu = new TrainingRig(new CpuBackend(), model, batch: 2, optimizer: optimizer);
        using var soft = new TrainingRig(new SoftDevice(new SoftGpuOptions { Seed = 11 }).CreateBackend(new CudaOptions { UseLibraries = libraries }), model,
            batch: 2, optimizer: optimizer);
        var (expected, got) = (cpu.Losses(6), soft.Losses(6));
        Assert.That(got, Is.EqualTo(expected).Within(1e-4f));
        Assert.That(expected[^1], Is.LessThan(expected[0]), "the model learns");
    }

    [Test]
    public void A_sanitized_run_is_clean_and_leaves_nothing([Values(1, 2)] int seed)
    {
        var gpu = new SoftDevice(new SoftGpuOptions { Seed = (ulong)seed, Sanitize = true, ShuffleKernels = true });
        var rig = new TrainingRig(gpu.CreateBackend(new CudaOptions { SeparateAllocations = true }), batch: 2);
        rig.Losses(3);
        rig.Dispose();
        Assert.That(gpu.Findings, Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_same_seed_of_the_model_gives_the_same_bits_under_any_interleaving(bool libraries)
    {
        float[][] runs = [.. Enumerable.Range(0, 3).Select(seed =>
        {
            using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions { Seed = (ulong)seed, ShuffleKernels = true })
                .CreateBackend(new CudaOptions { UseLibraries = libraries }), batch: 2);
            return rig.Losses(3);
        })];
        Assert.That(runs[1], Is.EqualTo(runs[0]));
        Assert.That(runs[2], Is.EqualTo(runs[0]));
    }

    [Test]
    public void A_step_waits_for_nothing_and_allocates_nothing_once_warm()
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend(), "smallcnn");
        rig.Queue();
        rig.Queue();
        var (before, memory) = (rig.Device.Counters, rig.Cuda.Memory);
        for (int i = 0; i < 5; i++)
            rig.Queue();
        var done = rig.Device.Counters.Since(before);
        Assert.Multiple(() =>
        {
            Assert.That(done.HostSyncs, Is.Zero);
            Assert.That(done.Allocations, Is.Zero);
            Assert.That(done.Launches, Is.Positive);
            Assert.That(rig.Cuda.Memory.LiveBytes, Is.EqualTo(memory.LiveBytes));
            Assert.That(rig.Cuda.Memory.ReservedBytes, Is.EqualTo(memory.ReservedBytes));
        });
    }

    [Test]
    public void Tf32_is_off_unless_asked_for_and_changes_results_when_on()
    {
        using var plain = new TrainingRig(new SoftDevice().CreateBackend());
        using var tensor = new TrainingRig(new SoftDevice().CreateBackend(new CudaOptions { AllowTf32 = true }));
        float exact = plain.Losses(1)[0], rounded = tensor.Losses(1)[0];
        Assert.That(rounded, Is.Not.EqualTo(exact).And.EqualTo(exact).Within(5e-3f));
    }

    [Test]
    public void Convolutions_take_deterministic_algorithms_and_are_measured_once()
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend());
        rig.Queue();
        var plans = rig.Cuda.ConvolutionPlans;
        Assert.That(plans, Is.Not.Empty.And.All.Contains("algorithm 1"));
        rig.Queue();
        Assert.That(rig.Cuda.ConvolutionPlans, Has.Count.EqualTo(plans.Count));
    }
}
