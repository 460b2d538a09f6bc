namespace NativeEngine.Cpu.Memory;

/// <summary>A buffer of a step: its size and when it was requested and returned, in the order of all requests and returns.</summary>
internal readonly record struct BufferLifetime(long Bytes, int Start, int End)
{
    /// <summary>True when both are in use at some moment.</summary>
    public bool Overlaps(in BufferLifetime other) => Start < other.End && other.Start < End;
}
