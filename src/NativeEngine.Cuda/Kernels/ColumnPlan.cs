namespace NativeEngine.Cuda.Kernels;

/// <summary>How sums over the rows of a channels-last [rows, channels] matrix are cut into chunks; a function of the sizes alone.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Channels">Channels.</param>
/// <param name="Lanes">Threads that share a channel.</param>
/// <param name="Chunk">Rows per block.</param>
/// <param name="Chunks">Blocks along the rows; scratch arrays are [Chunks, Channels].</param>
public readonly record struct ColumnPlan(long Rows, int Channels, int Lanes, long Chunk, int Chunks)
{
    private const int MaxChunks = 256;

    /// <summary>Plans the sums.</summary>
    public static ColumnPlan Create(long rows, int channels)
    {
        int columns = 1;
        while (columns < channels && columns < 32)
            columns *= 2;
        int lanes = Kernel.MaxBlock / columns;
        while (lanes > 1 && lanes / 2 >= rows)
            lanes /= 2;
        long blocksAcross = LaunchShape.Ceiling(Math.Max(1, channels), Kernel.MaxBlock / lanes);
        long chunks = Math.Clamp(Math.Min(1024 / blocksAcross, rows / (lanes * 8L)), 1, MaxChunks);
        long chunk = Math.Max(1, LaunchShape.Ceiling(rows, chunks));
        return new(rows, channels, lanes, chunk, (int)Math.Max(1, LaunchShape.Ceiling(rows, chunk)));
    }

    /// <summary>Doubles of one scratch array.</summary>
    public long ScratchCount => (long)Chunks * Channels;

    /// <summary>Grid and block.</summary>
    public LaunchShape Launch => new(checked((int)LaunchShape.Ceiling(Channels, Kernel.MaxBlock / Lanes)), Chunks, 1, Kernel.MaxBlock);

    /// <summary>The sizes as kernels take them.</summary>
    public NormKernels.ColumnShape Shape => new(Rows, Chunk, Channels, Lanes);
}
