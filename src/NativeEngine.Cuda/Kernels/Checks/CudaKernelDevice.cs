using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>A device behind the CUDA driver API, for kernel checks and benchmarks: one stream, plain allocations.</summary>
public sealed unsafe class CudaKernelDevice : IKernelDevice, IDisposable
{
    private const uint NonBlocking = 1;

    private readonly CudaDriver _driver;
    private readonly int _device;
    private readonly nint _stream;
    private readonly KernelRunner _kernels;

    /// <summary>Opens device <paramref name="ordinal"/>.</summary>
    /// <param name="tables">The driver's functions.</param>
    /// <param name="ordinal">Number of the device.</param>
    /// <param name="name">Its name in messages: <c>cuda:0</c>.</param>
    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    public CudaKernelDevice(CudaTables tables, int ordinal, string name)
    {
        _driver = new CudaDriver(tables, name);
        Check(_driver.Api.cuInit(0), "cuInit");
        int count, device;
        Check(_driver.Api.cuDeviceGetCount(&count), "cuDeviceGetCount");
        if (ordinal >= count)
            throw new DeviceException($"device {name} does not exist: this machine has {count} CUDA device{(count == 1 ? "" : "s")}");
        Check(_driver.Api.cuDeviceGet(&device, ordinal), "cuDeviceGet");
        nint context, stream;
        Check(_driver.Api.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        Check(_driver.Api.cuCtxSetCurrent(context), "cuCtxSetCurrent");
        Check(_driver.Api.cuStreamCreate(&stream, NonBlocking), "cuStreamCreate");
        (_device, _stream, _kernels) = (device, stream, new KernelRunner(_driver, stream));
    }

    /// <inheritdoc/>
    public string Name => _driver.Device;

    /// <inheritdoc/>
    public bool GuardsMemory => false;

    /// <inheritdoc/>
    public void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments)
        where TArguments : unmanaged => _kernels.Launch(kernel, shape, arguments);

    /// <summary>Launches a kernel of any PTX.</summary>
    /// <param name="ptx">The text; loaded once.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="entry">The kernel.</param>
    /// <param name="shape">Grid, block, shared memory.</param>
    /// <param name="parameters">The parameter buffer: each parameter at its natural alignment.</param>
    /// <param name="offsets">Where each parameter begins in it.</param>
    /// <exception cref="DeviceException">The driver refuses the text or the launch.</exception>
    public void Launch(string ptx, string file, string entry, PtxLaunchShape shape, ReadOnlySpan<byte> parameters, ReadOnlySpan<int> offsets) =>
        _kernels.Launch(_kernels.Function(ptx, file, entry, (int)shape.SharedBytes), entry, shape, parameters, offsets);

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
        ulong address;
        Check(_driver.Api.cuMemAlloc(&address, (nuint)bytes), "cuMemAlloc");
        return address;
    }

    /// <inheritdoc/>
    public void Free(ulong address) => Check(_driver.Api.cuMemFree(address), "cuMemFree");

    /// <inheritdoc/>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
            return;
        Synchronize();
        fixed (byte* from = source)
            Check(_driver.Api.cuMemcpyHtoD(address, from, (nuint)source.Length), "cuMemcpyHtoD");
    }

    /// <inheritdoc/>
    public void Read(ulong address, Span<byte> target)
    {
        if (target.IsEmpty)
            return;
        Synchronize();
        fixed (byte* to = target)
            Check(_driver.Api.cuMemcpyDtoH(to, address, (nuint)target.Length), "cuMemcpyDtoH");
    }

    /// <inheritdoc/>
    public void Synchronize() => Check(_driver.Api.cuStreamSynchronize(_stream), "cuStreamSynchronize");

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        _kernels.Dispose();
        _ = _driver.Api.cuStreamDestroy(_stream);
        _ = _driver.Api.cuDevicePrimaryCtxRelease(_device);
    }

    private void Check(CuResult result, string call) => _driver.Check(result, call);
}
