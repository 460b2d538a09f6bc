using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.TestKit;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>
/// Every op on the software GPU: through the soft vendor libraries, through the engine's own kernels, and on a real GPU where there is one. On the
/// software GPU all launches run under the sanitizers (see <see cref="SanitizerTests"/>); with the own kernels each tensor is an allocation of its own, so
/// that accesses out of bounds and reads of what nobody wrote show for every tensor.
/// </summary>
[TestFixtureSource(typeof(CudaTestBackends), nameof(CudaTestBackends.All))]
public sealed class CudaOpTests(TestBackend backend) : OpTestBase(backend)
{
    /// <summary>The software GPU saw nothing wrong in the case that just ran.</summary>
    [TearDown]
    public void Leaves_no_findings()
    {
        if (Engine?.Backend is CudaBackend { Owned: SoftDevice gpu })
            Assert.That(gpu.Findings, Is.Empty);
    }
}

/// <summary>The CUDA backends under test.</summary>
public static class CudaTestBackends
{
    /// <summary>The GPU of this machine.</summary>
    public static TestBackend Gpu { get; } =
        new("cuda", static () => CudaBackend.Create(0)) { WhyAbsent = static () => CudaLibraries.Find(CudaSearchPaths.FromEnvironment()).Probe.Error };

    /// <summary>One per way of computing that this machine has.</summary>
    public static IEnumerable<TestBackend> All =>
    [
        new("soft", static () => new SoftDevice().CreateBackend()),
        new("soft-kernels", static () => new SoftDevice(new SoftGpuOptions { Seed = 7, ShuffleKernels = true })
            .CreateBackend(new CudaOptions { UseLibraries = false, SeparateAllocations = true })) { Poison = false },
        .. Gpu.WhyAbsent() is null ? new[] { Gpu } : [],
    ];
}
