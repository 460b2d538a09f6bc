namespace NativeEngine.Cpu.Operators;

/// <summary>One array of a multi-tensor operation and the number of the chunk it starts with.</summary>
internal unsafe struct FloatSpan(float* start, long count)
{
    public readonly float* Start = start;
    public readonly long Count = count;
    public int FirstChunk;
}

/// <summary>Cuts a list of arrays into chunks of fixed size, so that many small parameters and a few large ones balance.</summary>
internal static class SlotChunks
{
    /// <summary>Floats per chunk.</summary>
    public const int Size = 16 * 1024;

    /// <summary>Numbers the chunks; returns how many there are.</summary>
    public static int Number(Span<FloatSpan> spans)
    {
        int chunks = 0;
        for (int i = 0; i < spans.Length; i++)
        {
            spans[i].FirstChunk = chunks;
            chunks += checked((int)((spans[i].Count + Size - 1) / Size));
        }

        return chunks;
    }

    /// <summary>The array that a chunk belongs to, and its range of elements.</summary>
    public static (int Slot, long Start, long End) Find(FloatSpan[] spans, int count, int chunk)
    {
        int low = 0, high = count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (spans[middle].FirstChunk <= chunk)
                low = middle;
            else
                high = middle - 1;
        }

        long start = (long)(chunk - spans[low].FirstChunk) * Size;
        return (low, start, Math.Min(spans[low].Count, start + Size));
    }
}
