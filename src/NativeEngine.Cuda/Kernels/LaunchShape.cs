namespace NativeEngine.Cuda.Kernels;

/// <summary>Grid and block of a launch; blocks are one-dimensional.</summary>
/// <param name="X">Blocks along x.</param>
/// <param name="Y">Blocks along y.</param>
/// <param name="Z">Blocks along z.</param>
/// <param name="Block">Threads per block.</param>
public readonly record struct LaunchShape(int X, int Y, int Z, int Block)
{
    // Enough blocks to fill the largest GPU several times over; kernels stride over the rest.
    private const int MaxBlocks = 16384;

    /// <summary>True when there is nothing to run.</summary>
    public bool IsEmpty => X == 0 || Y == 0 || Z == 0;

    /// <summary>For grid-stride kernels: a thread for every <paramref name="perThread"/> elements, up to a limit.</summary>
    public static LaunchShape Elements(long count, int perThread = 1)
    {
        long blocks = Ceiling(count, (long)Kernel.MaxBlock * perThread);
        return new((int)Math.Min(blocks, MaxBlocks), 1, 1, Kernel.MaxBlock);
    }

    /// <summary>For kernels with one block per row: as many threads as the row can use, a power of two from 32 to 256.</summary>
    public static LaunchShape Rows(long rows, long length) => new((int)Math.Min(rows, 1 << 20), 1, 1, Threads(length));

    /// <summary>One block, with as many threads as <paramref name="length"/> elements can use.</summary>
    public static LaunchShape Single(long length) => new(1, 1, 1, Threads(length));

    /// <summary>The smallest power of two from 32 to 256 that is not below <paramref name="length"/>, or 256.</summary>
    public static int Threads(long length)
    {
        int threads = 32;
        while (threads < Kernel.MaxBlock && threads < length)
            threads *= 2;
        return threads;
    }

    internal static long Ceiling(long a, long b) => (a + b - 1) / b;
}
