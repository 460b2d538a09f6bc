namespace NativeEngine.Cuda;

/// <summary>A stretch of a pool segment; neighbours in memory are linked.</summary>
internal sealed class MemoryBlock(ulong address, long bytes, ulong segment)
{
    public ulong Address { get; } = address;

    public long Bytes { get; set; } = bytes;

    /// <summary>Address of the driver allocation it lies in.</summary>
    public ulong Segment { get; } = segment;

    public bool IsFree { get; set; }

    /// <summary>True for what does not count as coming and going.</summary>
    public bool IsApart { get; set; }

    public MemoryBlock? Previous { get; set; }

    public MemoryBlock? Next { get; set; }

    /// <summary>True when nothing else lies in its segment.</summary>
    public bool IsWholeSegment => Previous is null && Next is null;
}
