using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>
/// The CUDA backend: convolutions and products through cuDNN and cuBLAS, everything else through the engine's PTX kernels, all queued on
/// one stream. Runs on whatever fills the function tables: the vendor's libraries, or the software GPU.
/// </summary>
/// <remarks>Methods return when the work is queued. Only <see cref="Download"/>, <see cref="Synchronize"/> and taking a read-back wait.</remarks>
public sealed unsafe partial class CudaBackend : IBackend
{
    private readonly CudaDriver _driver;
    private readonly CudaMemoryPool _pool = null!; // the constructor sets what follows, or throws after disposing
    private readonly StagingRing _staging = null!;
    private readonly ReadbackRing _readbacks = null!;
    private readonly KernelRunner _kernels = null!;
    private readonly BlasProducts? _products;
    private bool _productsBanned;
    private readonly DnnConvolutions? _convolutions;
    private readonly IDisposable? _owned;
    private readonly int _device;
    private readonly nint _context;
    private readonly nint _stream;
    private readonly nint _copyStream;
    private bool _disposed;

    private CudaBackend(CudaTables tables, int ordinal, string name, CudaOptions options, IDisposable? owned)
    {
        (Name, Options, _owned) = (name, options, owned);
        _driver = new CudaDriver(tables, name);
        _driver.Check(Api.cuInit(0), "cuInit");
        int device;
        _driver.Check(Api.cuDeviceGet(&device, ordinal), "cuDeviceGet", $"for GPU {ordinal}");
        _device = device;
        nint context, stream, copyStream;
        _driver.Check(Api.cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        _context = context;
        try
        {
            MakeCurrent();
            _driver.Check(Api.cuStreamCreate(&stream, CuFlags.StreamNonBlocking), "cuStreamCreate");
            _stream = stream;
            _driver.Check(Api.cuStreamCreate(&copyStream, CuFlags.StreamNonBlocking), "cuStreamCreate");
            _copyStream = copyStream;
            _pool = new CudaMemoryPool(_driver, stream, HasMemoryPools(), options.SeparateAllocations)
            {
                Advice = AdviseBatch,
                LibraryBytes = () => (_products?.HeldBytes ?? 0) + (_convolutions?.HeldBytes ?? 0)
            };
            _staging = new StagingRing(_driver, stream, copyStream, _pool);
            _readbacks = new ReadbackRing(_driver, stream, _pool, MakeCurrent);
            _kernels = new KernelRunner(_driver, stream);
            DeviceInfo = ReadInfo();
            if (options.UseLibraries)
            {
                _products = new BlasProducts(_driver, stream, _pool, options.AllowTf32, DeviceInfo.ComputeMajor);
                _convolutions = new DnnConvolutions(_driver, stream, _pool, options);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public DType FloatType => DType.Float32;

    /// <summary>What the backend was made with.</summary>
    public CudaOptions Options { get; }

    /// <summary>Name, compute capability and memory of the device.</summary>
    public CudaDeviceInfo DeviceInfo { get; }

    /// <summary>What is disposed with the backend: the software GPU behind the tables, or null.</summary>
    public IDisposable? Owned => _owned;

    private ref readonly CudaDriverApi Api => ref _driver.Api;

    /// <summary>A backend on device <paramref name="ordinal"/> of <paramref name="tables"/>.</summary>
    /// <param name="tables">The function tables.</param>
    /// <param name="ordinal">Device number as the driver counts.</param>
    /// <param name="name">The device's name: <c>cuda:0</c>, <c>soft</c>.</param>
    /// <param name="options">How to compute; null for the defaults.</param>
    /// <param name="owned">Disposed with the backend, for example the software GPU behind the tables.</param>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    public static CudaBackend Create(CudaTables tables, int ordinal, string name, CudaOptions? options = null, IDisposable? owned = null) =>
        new(tables, ordinal, name, options ?? new CudaOptions(), owned);

    /// <summary>A backend on GPU <paramref name="ordinal"/> of this machine.</summary>
    /// <exception cref="DeviceException">A library or the GPU is missing; the message says which and what was tried.</exception>
    public static CudaBackend Create(int ordinal, CudaOptions? options = null) =>
        Create(CudaLibraries.Find(CudaSearchPaths.FromEnvironment()).Require(), ordinal, $"cuda:{ordinal}", options);

    /// <inheritdoc/>
    public void Synchronize()
    {
        MakeCurrent();
        BreakCapture("the host waits for the device inside the step");
        _driver.Check(Api.cuStreamSynchronize(_stream), "cuStreamSynchronize");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        // After a device failure every call fails alike: what can be freed is freed, and nothing throws.
        _ = Api.cuCtxSetCurrent(_context);
        AbandonCapture();
        _ = Api.cuStreamSynchronize(_stream);
        foreach (var graph in _graphs.ToArray())
            graph.Dispose();
        foreach (var table in _optimizerTables.Values)
            _pool.Return(table.Buffer);
        _convolutions?.Dispose();
        _products?.Dispose();
        _staging?.Dispose();
        _readbacks?.Dispose();
        _kernels?.Dispose();
        _pool?.Clear();
        _ = Api.cuStreamSynchronize(_stream);
        // The constructor may have failed half way.
        foreach (nint made in (ReadOnlySpan<nint>)[_copyStream, _stream])
            if (made != 0)
                _ = Api.cuStreamDestroy(made);
        _ = Api.cuCtxSetCurrent(0);
        _ = Api.cuDevicePrimaryCtxRelease(_device);
        _owned?.Dispose();
    }

    /// <summary>Contexts are per thread: whoever calls gets this backend's.</summary>
    private void MakeCurrent() => _driver.Check(Api.cuCtxSetCurrent(_context), "cuCtxSetCurrent");

    private void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments) where TArguments : unmanaged
    {
        MakeCurrent();
        _kernels.Launch(kernel, shape, arguments);
    }

    /// <summary>Stream-ordered memory needs the driver's functions and a device with pools: fractions of a GPU and some Windows drivers have none.</summary>
    private bool HasMemoryPools()
    {
        int pools = 0;
        return _driver.Tables.Has(nameof(CudaDriverApi.cuMemAllocAsync), nameof(CudaDriverApi.cuMemFreeAsync))
            && Api.cuDeviceGetAttribute(&pools, CuDeviceAttribute.MemoryPoolsSupported, _device) == CuResult.Success && pools != 0;
    }

    private CudaDeviceInfo ReadInfo()
    {
        int major, minor, processors;
        nuint bytes;
        var name = stackalloc byte[256];
        _driver.Check(Api.cuDeviceGetAttribute(&major, CuDeviceAttribute.ComputeCapabilityMajor, _device), "cuDeviceGetAttribute");
        _driver.Check(Api.cuDeviceGetAttribute(&minor, CuDeviceAttribute.ComputeCapabilityMinor, _device), "cuDeviceGetAttribute");
        _driver.Check(Api.cuDeviceGetAttribute(&processors, CuDeviceAttribute.MultiprocessorCount, _device), "cuDeviceGetAttribute");
        _driver.Check(Api.cuDeviceGetName(name, 256, _device), "cuDeviceGetName");
        _driver.Check(Api.cuDeviceTotalMem(&bytes, _device), "cuDeviceTotalMem");
        if (major < 7)
            throw new DeviceException($"device {Name}: compute capability {major}.{minor} is too old, the kernels need 7.0 (Volta) or later.");
        return new CudaDeviceInfo(new string((sbyte*)name), major, minor, processors, (long)bytes);
    }

    /// <summary>Device address of the first element.</summary>
    private static ulong Address(Tensor x) => ((CudaBuffer)x.Buffer).Address + (ulong)(x.Offset * x.DType.Size());

    /// <summary>Device address of the first element, or 0 for none.</summary>
    private static ulong AddressOrNull(Tensor? x) => x is null ? 0 : Address(x);
}
