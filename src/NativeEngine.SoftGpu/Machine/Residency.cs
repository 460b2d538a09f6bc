namespace NativeEngine.SoftGpu;

/// <summary>How many blocks are on the device at a time. Those make progress together, whatever they wait for; the others start when one ends.</summary>
internal static class Residency
{
    public const int ThreadsPerMultiprocessor = 2048;
    public const int BlocksPerMultiprocessor = 32;
    public const int SharedPerMultiprocessor = 100 << 10;

    /// <summary>What a block's shared memory costs besides its own bytes.</summary>
    private const int SharedOverhead = 1 << 10;

    /// <summary>Blocks of so many threads and bytes of shared memory that fit on a multiprocessor.</summary>
    public static int PerMultiprocessor(long threads, long sharedBytes)
    {
        long warps = (threads + 31) / 32;
        long byThreads = ThreadsPerMultiprocessor / 32 / Math.Max(1, warps);
        long byShared = SharedPerMultiprocessor / (sharedBytes + SharedOverhead);
        return (int)Math.Min(BlocksPerMultiprocessor, Math.Min(byThreads, byShared));
    }

    /// <summary>Why a cooperative launch does not fit, or null.</summary>
    public static string? Problem(Dim3 grid, Dim3 block, long sharedBytes, int multiprocessors)
    {
        int each = PerMultiprocessor(block.Count, sharedBytes);
        return grid.Count <= (long)each * multiprocessors ? null
            : $"a cooperative launch of {grid.Count} blocks is too large: of blocks with {block.Count} threads and {sharedBytes} bytes of shared memory, "
                + $"{each} fit on each of "
              + $"{multiprocessors} multiprocessors, {(long)each * multiprocessors} in all";
    }
}
