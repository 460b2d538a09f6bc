using System.Text;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Driver;

/// <summary>A software GPU on a fake machine with its context current and a few helpers; disposing checks nothing, tests do.</summary>
internal sealed unsafe class DriverRig : IDisposable
{
    public DriverRig(SoftGpuOptions? options = null)
    {
        Machine.Kernels["store"] = FakeKernel.Store;
        Machine.Kernels["fault"] = FakeKernel.Fault;
        Gpu = new SoftDevice(options ?? new SoftGpuOptions(), Machine);
        Ok(Api.cuInit(0));
        nint context;
        Ok(Api.cuDevicePrimaryCtxRetain(&context, Gpu.Ordinal));
        Ok(Api.cuCtxSetCurrent(context));
        Context = context;
    }

    public FakeMachine Machine { get; } = new();

    public SoftDevice Gpu { get; }

    public nint Context { get; }

    public CudaTables Tables { get; } = SoftDevice.Tables;

    public ref readonly CudaDriverApi Api => ref Tables.Driver;

    public static void Ok(CuResult result) => Assert.That(result, Is.EqualTo(CuResult.Success));

    public nint Stream(uint flags = CuFlags.StreamNonBlocking)
    {
        nint stream;
        Ok(Api.cuStreamCreate(&stream, flags));
        return stream;
    }

    public nint Event()
    {
        nint handle;
        Ok(Api.cuEventCreate(&handle, CuFlags.EventDisableTiming));
        return handle;
    }

    public ulong Allocate(nuint bytes = 64)
    {
        ulong address;
        Ok(Api.cuMemAlloc(&address, bytes));
        return address;
    }

    public nint Function(string name)
    {
        nint module, function;
        var image = Encoding.UTF8.GetBytes("ptx\0");
        fixed (byte* text = image)
            Ok(Api.cuModuleLoadDataEx(&module, text, 0, null, null));
        fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
            Ok(Api.cuModuleGetFunction(&function, module, text));
        return function;
    }

    public CuResult Launch(nint function, ulong address, uint value, nint stream, uint block = 32, uint grid = 1, uint shared = 0)
    {
        void** arguments = stackalloc void*[2];
        arguments[0] = &address;
        arguments[1] = &value;
        return Api.cuLaunchKernel(function, grid, 1, 1, block, 1, 1, shared, stream, arguments, null);
    }

    public uint Read(ulong address)
    {
        uint value;
        Ok(Api.cuMemcpyDtoH(&value, address, sizeof(uint)));
        return value;
    }

    /// <summary>The rules of all findings so far.</summary>
    public string[] Rules => [.. Gpu.Findings.Select(f => f.Rule)];

    public void Dispose()
    {
        Api.cuCtxSetCurrent(0);
        Gpu.Dispose();
    }
}
