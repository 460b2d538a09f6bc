namespace NativeEngine.SoftGpu;

/// <summary>One allocation of device memory.</summary>
public sealed class DeviceAllocation
{
    internal DeviceAllocation(ulong address, long bytes, string label, int serial)
    {
        Address = address;
        Bytes = bytes;
        Label = label;
        Serial = serial;
    }

    /// <summary>Device address of the first byte.</summary>
    public ulong Address { get; }

    public long Bytes { get; }

    /// <summary>What the owner called it; empty when it has no name.</summary>
    public string Label { get; }

    /// <summary>Number of the allocation in the life of its memory, from 1.</summary>
    public int Serial { get; }

    /// <summary>True after <see cref="DeviceMemory.Free"/>, while the bytes are kept in quarantine.</summary>
    public bool IsFreed { get; internal set; }

    /// <summary>True for constant variables, which kernels may not write.</summary>
    public bool IsReadOnly { get; internal init; }

    /// <summary>One flag per byte, 1 once written; null when the memory does not track it.</summary>
    internal byte[]? Written { get; init; }

    internal nint Block { get; init; }

    internal ulong End => Address + (ulong)Bytes;

    public override string ToString() => Label.Length > 0 ? $"'{Label}' ({Bytes} bytes)" : $"allocation {Serial} ({Bytes} bytes)";
}
