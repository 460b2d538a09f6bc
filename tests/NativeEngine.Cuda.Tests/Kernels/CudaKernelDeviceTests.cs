using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The path of <c>kernels check --device cuda</c>, driven through the software GPU's driver table.</summary>
public class CudaKernelDeviceTests
{
    [Test]
    public void ChecksRunThroughTheDriverTable()
    {
        using var gpu = new SoftDevice();
        using (var device = new CudaKernelDevice(SoftDevice.Tables, gpu.Ordinal, "soft"))
        {
            foreach (var check in KernelChecks.Select(["softmax_*", "optim", "gather_rows_*"]))
                Assert.That(check.Run(device, KernelChecks.DefaultSeed).Failure, Is.Null);
        }

        Assert.That(gpu.Findings, Is.Empty);
        Assert.That(gpu.MemoryInUse.Used, Is.Zero);
    }

    [Test]
    public void AMissingDeviceIsNamed() =>
        Assert.That(() => new CudaKernelDevice(SoftDevice.Tables, 1_000, "cuda:1000"), Throws.TypeOf<DeviceException>().With.Message.Contains("cuda:1000"));
}
