using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>What drivers and libraries refuse or punish on some GPUs only. Where the software GPU has the rule, a call that breaks it is a finding.</summary>
[TestFixture]
public unsafe class HardwareRuleTests
{
    [Test]
    public void What_a_library_says_about_a_failure_is_passed_on()
    {
        var gpu = new SoftDevice(new SoftGpuOptions { Faults = [new InjectedFault("cudnnConvolutionBiasActivationForward", 1, 2003)] });
        var whole = SoftDevice.Tables;
        using var rig = new TrainingRig(CudaBackend.Create(new CudaTables(whole.Driver, whole.Blas, whole.BlasLt,
            whole.Dnn with { cudnnGetLastErrorString = &Say }), gpu.Ordinal, "soft", owned: gpu));
        Assert.That(Assert.Throws<DeviceException>(() => rig.Queue())!.Message, Does.EndWith("(2003: BadParam), x is misaligned at line 7."));

        [UnmanagedCallersOnly]
        static void Say(byte* text, nuint bytes) => "x is misaligned\nat line 7.\0"u8.CopyTo(new Span<byte>(text, (int)bytes));
    }

    [Test]
    public void Steps_through_strides_end_at_what_kernels_can_count()
    {
        Assert.That(KernelWalk.Create([65536, 65535], [65535, 1]).Rank, Is.EqualTo(1));
        Assert.That(KernelWalk.Create([65536, 65536, 0], [0, 0, 1]).Rank, Is.GreaterThan(0), "nothing to count");
        var error = Assert.Throws<DeviceException>(() => KernelWalk.Create([1024, 64, 256, 256], [1, 1, 1, 1]))!;
        Assert.That(error.Message, Does.StartWith("4294967296 elements or more").And.Contain("4294967295"));
        Assert.Throws<DeviceException>(() => KernelWalk.Create([int.MaxValue, int.MaxValue, int.MaxValue, 3], [1, 1, 1, 1]));
    }

    [Test]
    public void A_device_without_memory_pools_trains_with_plain_allocations()
    {
        using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions { MemoryPools = false }).CreateBackend());
        using var graph = rig.Cuda.CreateStepGraph();
        for (int i = 0; i < 3; i++)
            graph.Run(() => rig.Queue());
        Assert.That(rig.Loss(), Is.Not.NaN);
        Assert.That(rig.Device.Findings, Is.Empty);
    }

    [Test]
    public void Memory_taken_while_a_step_is_recorded_goes_back_the_way_it_came()
    {
        var gpu = new SoftDevice();
        using (var backend = gpu.CreateBackend())
        {
            using var graph = backend.CreateStepGraph();
            graph.Run(static () => { });
            graph.Run(() => backend.Free(backend.Allocate(1 << 20)));
            backend.EndStep(); // pours what the step took into one segment, and gives the piece back
        }
        Assert.That(gpu.Findings, Is.Empty);
    }

    [Test]
    public void A_driver_that_cannot_update_graphs_gets_single_launches()
    {
        using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions { MissingSymbols = ["cuGraphExecUpdate"] }).CreateBackend());
        using var graph = rig.Cuda.CreateStepGraph();
        Assert.That(graph.EagerReason, Does.Contain("cannot update graphs").And.Contain("CUDA 12"));
    }

    [Test]
    public void Uploads_inside_recorded_steps_use_a_few_pinned_blocks_over_and_over()
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend());
        var target = rig.Engine.EmptyPersistent([3]);
        using var graph = rig.Cuda.CreateStepGraph();
        long before = 0;
        for (int i = 0; i < 60; i++)
        {
            if (i == 10)
                before = rig.Device.Counters.HostAllocations;
            graph.Run(() => target.CopyFrom<float>([i, i, i]));
            if (i % 4 == 0)
                rig.Cuda.Synchronize(); // a program waits now and then
        }
        Assert.That(target.ToArray<float>(), Is.All.EqualTo(59f));
        Assert.That(rig.Device.Counters.HostAllocations, Is.LessThanOrEqualTo(before + 2));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void An_algorithm_is_run_with_the_arithmetic_and_workspace_it_was_found_with(bool tf32)
    {
        using var rig = new TrainingRig(new SoftDevice().CreateBackend(new CudaOptions { AllowTf32 = tf32, FindAlgorithms = tf32 }), "smallcnn");
        Assert.That(rig.Losses(2), Has.None.NaN);
        Assert.That(rig.Device.Findings, Is.Empty);
    }

    [Test]
    public void Estimated_algorithms_on_tensor_cores_are_not_taken_without_tf32()
    {
        float[] Losses(bool estimated)
        {
            using var rig = new TrainingRig(new SoftDevice().CreateBackend(new CudaOptions { FindAlgorithms = !estimated }), "smallcnn");
            return rig.Losses(2);
        }
        Assert.That(Losses(estimated: true), Is.EqualTo(Losses(estimated: false)), "both in full float32");
    }

    [Test]
    public void A_library_that_adds_no_bias_still_convolves()
    {
        float[] expected;
        using (var whole = new TrainingRig(new SoftDevice().CreateBackend()))
            expected = whole.Losses(3);
        var faults = Enumerable.Range(1, 20).Select(static i => new InjectedFault("cudnnConvolutionBiasActivationForward", i, 3000));
        using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions { Faults = [.. faults] }).CreateBackend());
        using var graph = rig.Cuda.CreateStepGraph();
        for (int i = 0; i < 3; i++)
        {
            graph.Run(() => rig.Queue());
            Assert.That(rig.Loss(), Is.EqualTo(expected[i]).Within(1e-5f));
        }
        Assert.That(graph.Replays, Is.EqualTo(2));
        Assert.That(rig.Cuda.ConvolutionPlans, Has.Exactly(2).Match("^Forward .* with bias: added apart, .*NotSupported").And.None.Contains("own kernels"));
        Assert.That(rig.Cuda.ConvolutionPlans, Has.Exactly(2).Match(@"^Forward [^:]*(pad 2|5,5\]): algorithm 1"), "cuDNN convolves, a kernel adds the bias");
    }

    [Test]
    public void A_bias_that_is_a_part_of_a_tensor_is_added_at_any_alignment([Range(0, 3)] int start)
    {
        using var engine = new Engine(new SoftDevice().CreateBackend());
        using var step = engine.BeginStep();
        var numbers = engine.From([.. Enumerable.Range(0, 8).Select(static i => (float)i)], [8]);
        var bias = numbers.Narrow(0, start, 4);
        Tensor rows = engine.Full([2, 3], 1), weight = engine.Full([4, 3], 1), image = engine.Full([1, 2, 5, 5], 1), filter = engine.Full([4, 2, 3, 3], 1);
        float[] expected = [.. Enumerable.Range(start, 4).Select(static i => (float)i)];
        Assert.That(rows.Linear(weight, bias).ToArray<float>().Take(4), Is.EqualTo(expected.Select(static v => v + 3)));
        Assert.That(image.Conv2d(filter, bias).ToArray<float>().Where(static (_, i) => i % 9 == 0), Is.EqualTo(expected.Select(static v => v + 18)));
        Assert.That(((SoftDevice)((CudaBackend)engine.Backend).Owned!).Findings, Is.Empty);
    }

    [Test]
    public void A_batch_of_more_products_than_a_grid_is_deep_takes_several_launches()
    {
        const int batch = 65536 + 3;
        using var engine = new Engine(new SoftDevice().CreateBackend(new CudaOptions { UseLibraries = false }));
        using var step = engine.BeginStep();
        var device = (SoftDevice)((CudaBackend)engine.Backend).Owned!;
        long before = device.Counters.Launches;
        var product = engine.Empty([batch, 1, 0]).MatMul(engine.Empty([batch, 0, 1])); // nothing to add up, so that it takes no time
        Assert.That(device.Counters.Launches, Is.EqualTo(before + 2));
        Assert.That(product.ToArray<float>(), Has.Length.EqualTo(batch).And.All.Zero);
    }
}
