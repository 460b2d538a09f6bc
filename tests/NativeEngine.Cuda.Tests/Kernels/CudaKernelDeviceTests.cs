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

    /// <summary>What <c>kernels run --device cuda</c> does: parameters of several sizes, three dimensions, dynamic shared memory beyond what needs no
    /// opt-in.</summary>
    [Test]
    public void AKernelOfAnyPtxRunsThroughTheDriverTable()
    {
        const string ptx = """
            .version 6.3
            .target sm_70
            .address_size 64
            .visible .entry k(.param .u8 small, .param .u64 y, .param .f32 value)
            {
            .reg .b32 %r<3>; .reg .b64 %rd<4>; .reg .f32 %f<3>; .reg .b16 %h<2>;
            ld.param.u64 %rd1, [y];
            ld.param.f32 %f1, [value];
            ld.param.u8 %h1, [small];
            cvt.rn.f32.u16 %f2, %h1;
            add.rn.f32 %f2, %f2, %f1;
            mov.u32 %r1, %tid.y;
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.f32 [%rd3], %f2;
            ret;
            }
            """;
        using var gpu = new SoftDevice();
        using (var device = new CudaKernelDevice(SoftDevice.Tables, gpu.Ordinal, "soft"))
        {
            ulong y = device.Allocate(8);
            byte[] parameters = [7, .. new byte[7], .. BitConverter.GetBytes(y), .. BitConverter.GetBytes(0.5f)];
            foreach (uint shared in new[] { 0u, 64u << 10 })
                device.Launch(ptx, "k.ptx", "k", new(2, 3, 1, 1, 2, 1, shared), parameters, [0, 8, 16]);
            device.Synchronize();
            byte[] result = new byte[8];
            device.Read(y, result);
            device.Free(y);
            Assert.That(new[] { BitConverter.ToSingle(result, 0), BitConverter.ToSingle(result, 4) }, Is.EqualTo(new[] { 7.5f, 7.5f }));
            Assert.That(() => device.Launch(ptx, "k.ptx", "other", new(1, 1, 1, 1, 1, 1, 0), parameters, [0, 8, 16]),
                Throws.TypeOf<DeviceException>().With.Message.Contains("other of k.ptx"));
        }
    }

    [Test]
    public void AMissingDeviceIsNamed() =>
        Assert.That(() => new CudaKernelDevice(SoftDevice.Tables, 1_000, "cuda:1000"), Throws.TypeOf<DeviceException>().With.Message.Contains("cuda:1000"));
}
