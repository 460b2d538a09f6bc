namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>Where there is no GPU one skipped test says so and why, in place of one for each of its cases.</summary>
public sealed class GpuPresenceTests
{
    [Test]
    public void Every_op_runs_on_the_GPU_of_this_machine()
    {
        CudaTestBackends.Gpu.SkipWhereAbsent();
        Assert.That(CudaTestBackends.All.Select(b => b.Name), Does.Contain("cuda"));
    }
}
