using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>The software GPU.</summary>
internal sealed class SoftPtxDevice : IPtxDevice
{
    private readonly DeviceMemory _memory;
    private readonly Machine _machine;
    private GpuModule? _module;

    /// <param name="options">How launches run and are watched; null for what the case says.</param>
    /// <param name="trackInitialised">Find reads of memory that was never written.</param>
    public SoftPtxDevice(LaunchOptions? options, bool trackInitialised)
    {
        Options = options;
        _memory = new DeviceMemory(new DeviceMemoryOptions { TrackInitialised = trackInitialised });
        _machine = new Machine(_memory);
    }

    /// <summary>How launches run, in place of what the case says.</summary>
    public LaunchOptions? Options { get; set; }

    public ulong Allocate(long bytes, string label) => _memory.Allocate(bytes, label);

    public void Write(ulong address, ReadOnlySpan<byte> source) => _memory.CopyIn(address, source);

    public void Read(ulong address, Span<byte> target) => _memory.CopyOut(target, address);

    public long FirstUnwritten(ulong address, long bytes) => _memory.FirstUninitialised(address, bytes);

    public LaunchResult Launch(PtxFile file, PtxEntry entry, PtxCase launch, byte[] parameters)
    {
        _module ??= _machine.Load(file.Module);
        var function = _module[entry.Name];
        if (function.Problem is { } problem)
            throw problem;
        return _machine.Launch(function, launch.Grid, launch.Block, launch.Shared, parameters, Options ?? launch.Options);
    }

    public void Dispose()
    {
        _module?.Dispose();
        _machine.Dispose();
        _memory.Dispose();
    }
}
