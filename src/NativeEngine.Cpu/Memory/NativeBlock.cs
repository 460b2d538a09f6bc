namespace NativeEngine.Cpu.Memory;

/// <summary>A block of native memory rented from an <see cref="AlignedPool"/>; starts on a 64-byte border.</summary>
public readonly unsafe struct NativeBlock
{
    internal NativeBlock(void* pointer, long capacity)
    {
        Pointer = pointer;
        Capacity = capacity;
    }

    /// <summary>First byte, or null for the empty block.</summary>
    public void* Pointer { get; }

    /// <summary>Bytes that may be used: the requested size rounded up to its size class.</summary>
    public long Capacity { get; }

    /// <summary>The block as floats.</summary>
    public float* Floats => (float*)Pointer;
}
