using NativeEngine.Core;

namespace NativeEngine.SoftGpu;

/// <summary>A PTX module loaded into device memory: its global and constant variables have addresses, its kernels can be launched.</summary>
public sealed class GpuModule : IDisposable
{
    private readonly DeviceMemory _memory;
    private readonly Dictionary<string, GpuFunction> _functions = [];
    private readonly Dictionary<string, ulong> _addresses = [];
    private bool _disposed;

    internal GpuModule(PtxModule ptx, DeviceMemory memory)
    {
        Ptx = ptx;
        _memory = memory;
        foreach (var variable in ptx.Variables)
        {
            ulong address = memory.Allocate(Math.Max(1, variable.Bytes), variable.Name, variable.Space == PtxSpace.Const);
            _addresses.Add(variable.Name, address);
        }
        foreach (var variable in ptx.Variables)
            memory.CopyIn(_addresses[variable.Name], Contents(variable));
        foreach (var entry in ptx.Entries)
            _functions.Add(entry.Name, new GpuFunction(this, entry));
    }

    public PtxModule Ptx { get; }

    public IReadOnlyCollection<GpuFunction> Functions => _functions.Values;

    /// <summary>Finds a kernel.</summary>
    /// <exception cref="DeviceException">There is none of that name.</exception>
    /// <exception cref="PtxException">It uses a function that cannot be executed.</exception>
    public GpuFunction this[string entry] => _functions.TryGetValue(entry, out var function)
        ? function.Problem is { } problem ? throw problem : function
        : throw new DeviceException($"{Ptx.File}: there is no kernel '{entry}' (kernels: {string.Join(", ", _functions.Keys)})");

    /// <summary>Finds a kernel; false when there is none of that name.</summary>
    public bool TryGetFunction(string entry, out GpuFunction? function) => _functions.TryGetValue(entry, out function);

    /// <summary>Finds a global or constant variable; false when there is none of that name.</summary>
    public bool TryGetGlobal(string name, out ulong address, out long bytes)
    {
        bytes = Ptx.Variables.FirstOrDefault(variable => variable.Name == name)?.Bytes ?? 0;
        return _addresses.TryGetValue(name, out address);
    }

    internal ulong AddressOf(PtxVariable variable) => _addresses[variable.Name];

    private byte[] Contents(PtxVariable variable)
    {
        byte[] bytes = [.. variable.Initial ?? new byte[variable.Bytes]];
        foreach (var address in variable.Relocations)
        {
            ulong value = (address.Variable is { } target ? AddressOf(target) : Windows.AddressOf(address.Function!)) + (ulong)address.Offset;
            for (int i = 0; i < address.Bytes; i++)
                bytes[address.At + i] = (byte)(value >> (address.Shift + 8 * i));
        }
        return bytes;
    }

    /// <summary>Frees the module's variables and decoded programs.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (ulong address in _addresses.Values)
            _memory.Free(address);
        foreach (var function in _functions.Values)
            function.Dispose();
    }
}
