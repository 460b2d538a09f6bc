using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.SoftGpu;

/// <summary>The software GPU as a device for kernel checks and benchmarks: runs the engine's own PTX and reports every finding.</summary>
public sealed class SoftKernelDevice : IKernelDevice, IDisposable
{
    private readonly DeviceMemory _memory;
    private readonly Machine _machine;
    private readonly Dictionary<string, GpuModule> _modules = [];
    private readonly List<Finding> _findings = [];

    /// <summary>Creates a device with its own machine and memory.</summary>
    /// <param name="options">How launches run and are watched.</param>
    /// <param name="trackInitialised">Find reads of memory that was never written.</param>
    public SoftKernelDevice(LaunchOptions? options = null, bool trackInitialised = false)
    {
        Options = options ?? LaunchOptions.Default;
        _memory = new DeviceMemory(new DeviceMemoryOptions { TrackInitialised = trackInitialised });
        _machine = new Machine(_memory);
    }

    /// <inheritdoc/>
    public string Name => "soft";

    /// <inheritdoc/>
    public bool GuardsMemory => true;

    /// <summary>How launches run and are watched.</summary>
    public LaunchOptions Options { get; set; }

    /// <summary>Called after every launch with what it did.</summary>
    public Action<Kernel, LaunchResult>? Launched { get; set; }

    /// <summary>The loaded form of a kernel: registers, shared memory, instructions.</summary>
    public GpuFunction Function(Kernel kernel)
    {
        if (!_modules.TryGetValue(kernel.Family, out var module))
            _modules[kernel.Family] = module = _machine.Load(PtxModule.Parse(KernelModules.Text(kernel.Family), $"{kernel.Family}.ptx"));
        return module[kernel.Entry];
    }

    /// <inheritdoc/>
    public void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments) where TArguments : unmanaged
    {
        if (shape.IsEmpty)
            return;
        var result = _machine.Launch(Function(kernel), new Dim3(shape.X, shape.Y, shape.Z), new Dim3(shape.Block), 0, kernel.Bytes(arguments), Options);
        _findings.AddRange(result.Findings);
        Launched?.Invoke(kernel, result);
    }

    /// <inheritdoc/>
    public ulong Allocate(long bytes) => _memory.Allocate(bytes);

    /// <inheritdoc/>
    public void Free(ulong address)
    {
        if (_memory.Free(address) is { } finding)
            _findings.Add(finding);
    }

    /// <inheritdoc/>
    public void Write(ulong address, ReadOnlySpan<byte> source) => _memory.CopyIn(address, source);

    /// <inheritdoc/>
    public void Read(ulong address, Span<byte> target)
    {
        if (_memory.FirstUninitialised(address, target.Length) is var offset and >= 0)
            throw new KernelMismatchException($"byte {offset} of {target.Length} that the kernel should have written was never written");
        _memory.CopyOut(target, address);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        if (_findings.Count == 0)
            return;
        string text = string.Join("; ", _findings.Take(3));
        int more = _findings.Count - 3;
        _findings.Clear();
        throw new KernelMismatchException(more > 0 ? $"{text}; and {more} more findings" : text);
    }

    /// <summary>Frees the machine and its memory.</summary>
    public void Dispose()
    {
        foreach (var module in _modules.Values)
            module.Dispose();
        _machine.Dispose();
        _memory.Dispose();
    }
}
