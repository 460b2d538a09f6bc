namespace NativeEngine.Cuda.Kernels;

/// <summary>
/// How a reduction is cut into launches. The cut depends on the sizes alone, never on the device, so the order of additions and
/// with it every bit of the result is the same on every GPU.
/// </summary>
/// <param name="Kept">Number of results.</param>
/// <param name="Reduced">Elements behind each result.</param>
/// <param name="Lanes">Threads per result in the first launch.</param>
/// <param name="Chunk">Reduced elements per block.</param>
/// <param name="Chunks">Partial results per result; 1 means that no second launch is needed.</param>
public readonly record struct ReducePlan(long Kept, long Reduced, int Lanes, long Chunk, int Chunks)
{
    private const int MaxChunks = 256;

    /// <summary>Floats of scratch memory for partial results; 0 when one launch does it all.</summary>
    public long ScratchCount => Chunks == 1 ? 0 : Kept * Chunks;

    /// <summary>Grid and block of the first launch.</summary>
    public LaunchShape First => new(Blocks(Kept, Lanes), Chunks, 1, Kernel.MaxBlock);

    /// <summary>Grid and block of the launch that combines the chunks.</summary>
    public LaunchShape Second => new(Blocks(Kept, SecondLanes), 1, 1, Kernel.MaxBlock);

    private int SecondLanes => Lanes == 1 ? 1 : Math.Min(8, PowerOfTwo(Chunks));

    /// <summary>Plans a reduction.</summary>
    /// <param name="kept">Number of results.</param>
    /// <param name="reduced">Elements behind each result.</param>
    /// <param name="keptInnermost">True when neighbours in memory belong to different results (a sum over rows).</param>
    public static ReducePlan Create(long kept, long reduced, bool keptInnermost)
    {
        // Neighbouring threads read neighbouring elements: along the results when those are innermost, else along the reduced ones.
        int widest = keptInnermost ? 8 : Kernel.MaxBlock;
        int lanes = Math.Min(widest, PowerOfTwo(reduced));
        // Split long reductions while there are too few results to fill a GPU.
        long perResult = Math.Max(1, 65536 / Math.Max(1, kept * lanes));
        long chunks = Math.Clamp(Math.Min(perResult, reduced / (lanes * 16L)), 1, MaxChunks);
        long chunk = Math.Max(1, LaunchShape.Ceiling(reduced, chunks));
        return new(kept, reduced, lanes, chunk, (int)Math.Max(1, LaunchShape.Ceiling(reduced, chunk)));
    }

    /// <summary>The first launch's sizes; with several chunks its results go to scratch, unscaled.</summary>
    public ReductionShape FirstShape(double scale, bool accumulate) =>
        Chunks == 1 ? new(Kept, Reduced, Chunk, Lanes, (float)scale, accumulate ? 1 : 0) : new(Kept, Reduced, Chunk, Lanes, 1, 0);

    /// <summary>The second launch's sizes.</summary>
    public ReductionShape SecondShape(double scale, bool accumulate) => new(Kept, Chunks, Chunks, SecondLanes, (float)scale, accumulate ? 1 : 0);

    /// <summary>The second launch steps over [chunks, kept] scratch: one result per column.</summary>
    public (KernelWalk Kept, KernelWalk Reduced) SecondWalks() =>
        (KernelWalk.Create([checked((int)Kept)], [1]), KernelWalk.Create([Chunks], [Kept]));

    private static int Blocks(long kept, int lanes) => checked((int)LaunchShape.Ceiling(kept, Kernel.MaxBlock / lanes));

    // The smallest power of two that is not below n, at most the block size.
    private static int PowerOfTwo(long n)
    {
        int p = 1;
        while (p < n && p < Kernel.MaxBlock)
            p *= 2;
        return p;
    }
}
