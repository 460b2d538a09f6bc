using NativeEngine.Core;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.Verify;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>
/// Every op once through the engine's own kernels under the sanitizers. Each tensor is an allocation of its own, so that accesses out of
/// bounds, reads of what nobody wrote and races show.
/// </summary>
[TestFixture]
public sealed class SanitizedOpTests
{
    private SoftDevice _gpu = null!;
    private Engine _engine = null!;

    private static IEnumerable<string> Ops => OpCatalogue.Names;

    [OneTimeSetUp]
    public void Open()
    {
        _gpu = new SoftDevice(new SoftGpuOptions { Sanitize = true, Seed = 5 });
        _engine = new Engine(_gpu.CreateBackend(new CudaOptions { UseLibraries = false, SeparateAllocations = true }));
    }

    [OneTimeTearDown]
    public void Close()
    {
        _engine.Dispose();
        Assert.That(_gpu.Findings, Is.Empty, "also after everything was freed");
    }

    [TestCaseSource(nameof(Ops))]
    public void Op_leaves_no_findings(string name)
    {
        foreach (var op in OpCatalogue.All.Where(c => c.Op == name))
            OpRunner.Run(_engine, op);
        Assert.That(_gpu.Findings, Is.Empty);
    }
}
