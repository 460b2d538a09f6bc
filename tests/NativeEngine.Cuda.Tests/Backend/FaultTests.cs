using NativeEngine.Core;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>What fails below ends in one sentence, the right exit code, and a backend that can be disposed.</summary>
[TestFixture]
public class FaultTests
{
    [Test]
    public void Memory_that_runs_out_says_what_was_asked_and_held()
    {
        using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions { MemoryBytes = 24 << 20 }).CreateBackend(new CudaOptions { UseLibraries = false }),
            "mlp");
        var error = Assert.Throws<DeviceMemoryException>(() => rig.Engine.Empty([64 << 20]))!;
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.OutOfMemory));
        Assert.That(error.Message, Does.Match("^device soft: out of memory: 256 MiB asked, .* held in \\d+ tensors, .* of 24 MiB free\\. Use a smaller batch"));
        rig.Queue(); // what fits still runs
        Assert.That(rig.Loss(), Is.Not.NaN);
    }

    [Test]
    public void Memory_that_runs_out_in_a_step_names_a_batch_that_would_fit()
    {
        using var engine = new Engine(new SoftDevice(new SoftGpuOptions { MemoryBytes = 4 << 20 }).CreateBackend(new CudaOptions { UseLibraries = false }));
        using var step = engine.BeginStep();
        Tensor mean = engine.Full([1], 0), std = engine.Full([1], 1), place = engine.Full([64, 3], 0, DType.Int32),
            pixels = engine.Full([64, 1, 8, 8], 0, DType.UInt8);
        var y = engine.Empty([64, 1, 8, 8]);
        engine.Backend.ImageBatch(new ImageBatchSizes(64, 1, 8, 8, 8, 8, 0), pixels, place, mean, std, y);
        var error = Assert.Throws<DeviceMemoryException>(() => engine.Empty([64, 128, 16, 16]))!;
        Assert.That(error.Message, Does.Match("With a batch of 64 .* a batch of at most \\d+ would fit"));
        int batch = int.Parse(System.Text.RegularExpressions.Regex.Match(error.Message, "at most (\\d+) would").Groups[1].Value);
        Assert.That(batch, Is.InRange(16, 63));
        engine.Empty([batch, 128, 16, 16]);
    }

    [Test]
    public void An_allocation_that_fails_at_any_call_leaves_no_leak([Range(1, 12)] int call)
    {
        var gpu = new SoftDevice(new SoftGpuOptions
        {
            Faults = [new InjectedFault("cuMemAllocAsync", call, (int)CuResult.OutOfMemory),
            new InjectedFault("cuMemAllocAsync", call + 1, (int)CuResult.OutOfMemory)]
        });
        var error = Assert.Throws<DeviceMemoryException>(() =>
        {
            using var backend = gpu.CreateBackend(new CudaOptions { SeparateAllocations = true });
            using var rig = new TrainingRig(backend);
            rig.Losses(1);
        })!;
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.OutOfMemory));
        Assert.That(gpu.Findings, Is.Empty, "the backend gave everything back");
    }

    [Test]
    public void A_launch_that_fails_names_the_kernel()
    {
        using var rig = new TrainingRig(new SoftDevice(new SoftGpuOptions
        {
            Faults = [new InjectedFault("cuLaunchKernel", 40,
            (int)CuResult.LaunchOutOfResources)]
        }).CreateBackend());
        var error = Assert.Throws<DeviceException>(() => rig.Losses(4))!;
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Device));
        Assert.That(error.Message, Does.Match("^device soft: launch of [a-z_0-9]+ failed with CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES \\(701\\) with grid"));
    }

    [Test]
    public void A_broken_context_is_reported_and_still_disposed()
    {
        var gpu = new SoftDevice(new SoftGpuOptions { Faults = [new InjectedFault("cuLaunchKernel", 30, (int)CuResult.IllegalAddress, Sticky: true)] });
        var rig = new TrainingRig(gpu.CreateBackend());
        var error = Assert.Throws<DeviceException>(() => rig.Losses(4))!;
        Assert.That(error.Message, Does.Contain("CUDA_ERROR_ILLEGAL_ADDRESS (700)").And.Contain("context is lost"));
        Assert.DoesNotThrow(rig.Dispose);
    }

    [TestCase("cublasGemmEx", 14)]
    [TestCase("cublasLtMatmul", 13)]
    [TestCase("cudnnConvolutionForward", 5000)]
    [TestCase("cudnnConvolutionBackwardFilter", 5001)]
    [TestCase("cublasCreate", 1)]
    [TestCase("cudnnCreate", 1001)]
    public void A_library_call_that_fails_names_itself(string function, int status)
    {
        var gpu = new SoftDevice(new SoftGpuOptions { Faults = [new InjectedFault(function, 1, status)] });
        var error = Assert.Throws<DeviceException>(() =>
        {
            using var backend = gpu.CreateBackend();
            using var rig = new TrainingRig(backend, "smallcnn");
            rig.Losses(1);
        })!;
        Assert.That(error.Message, Does.Contain(function).And.Contain(status.ToString()));
        Assert.That(gpu.Findings, Is.Empty, "whatever was made before the failure was given back");
    }

    [Test]
    public void Without_graph_functions_steps_run_eagerly_with_the_reason()
    {
        var gpu = new SoftDevice();
        var whole = SoftDevice.Tables;
        var tables = new CudaTables(whole.Driver, whole.Blas, whole.BlasLt, whole.Dnn) { Missing = new HashSet<string> { "cuGraphLaunch", "cuMemAllocAsync" } };
        using var rig = new TrainingRig(CudaBackend.Create(tables, gpu.Ordinal, "soft", owned: gpu));
        using var graph = rig.Cuda.CreateStepGraph();
        graph.Run(() => rig.Queue());
        graph.Run(() => rig.Queue());
        Assert.That(graph.EagerReason, Does.Contain("no stream capture"));
        Assert.That(rig.Loss(), Is.Not.NaN);
    }

    [Test]
    public void An_old_gpu_is_refused()
    {
        using var gpu = new SoftDevice(new SoftGpuOptions { ComputeCapability = (6, 1) });
        var error = Assert.Throws<DeviceException>(() => gpu.CreateBackend())!;
        Assert.That(error.Message, Does.Contain("compute capability 6.1 is too old"));
    }

    [Test]
    public void A_driver_too_old_for_the_kernels_says_which_it_is()
    {
        using var gpu = new SoftDevice(new SoftGpuOptions
        {
            DriverVersion = 9020,
            Faults = [new InjectedFault("cuModuleLoadDataEx", 1, (int)CuResult.UnsupportedPtxVersion)]
        });
        using var engine = new Engine(gpu.CreateBackend(new CudaOptions { UseLibraries = false }));
        var x = engine.Full([8], 1);
        var error = Assert.Throws<DeviceException>(() => x.Relu())!;
        Assert.That(error.Message, Does.Contain("CUDA 9.2").And.Contain("PTX up to 6.2, the kernels need 6.3"));
    }
}
