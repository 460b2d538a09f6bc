using NativeEngine.Core;

namespace NativeEngine.Cuda;

/// <summary>A block of device memory.</summary>
internal sealed class CudaBuffer(long bytes, ulong address, MemoryBlock? block) : DeviceBuffer(bytes)
{
    /// <summary>Device address; 0 when empty or freed.</summary>
    public ulong Address { get; private set; } = address;

    /// <summary>Its place in the pool, or null when it is an allocation of its own.</summary>
    public MemoryBlock? Block { get; private set; } = block;

    public void Clear() => (Address, Block) = (0, null);
}
