namespace NativeEngine.Cpu.Gemm;

/// <summary>How a k-major product is cut into chunks; a function of the shape alone.</summary>
internal readonly struct KMajorGrid
{
    /// <summary>Largest chunk of rows: with <see cref="MaxKc"/> the packed A takes 260 KB of L2.</summary>
    public const int RowBlock = 336;

    /// <summary>Columns packed at a time: 390 KB.</summary>
    public const int ColumnBlock = 512;

    /// <summary>Largest block of k.</summary>
    public const int MaxKc = 192;

    private KMajorGrid(int rowChunks, int columnChunks, int splits)
    {
        RowChunks = rowChunks;
        ColumnChunks = columnChunks;
        Splits = splits;
    }

    public int RowChunks { get; }

    public int ColumnChunks { get; }

    /// <summary>Ranges of k that are summed separately.</summary>
    public int Splits { get; }

    public int Chunks => RowChunks * ColumnChunks * Splits;

    /// <summary>Floats of intermediate sums: every range of k but the first.</summary>
    public long PartialSize(int m, int n) => (Splits - 1) * (long)m * n;

    /// <summary>One chunk after the other in one thread.</summary>
    public static KMajorGrid Serial(int m) => new((m + RowBlock - 1) / RowBlock, 1, 1);

    /// <summary>
    /// Rectangles of C first, since they cost nothing to combine; ranges of k when C is too small to keep several threads busy;
    /// finer rectangles, which pack operands repeatedly, only when the sums of k would take too much memory.
    /// </summary>
    public static KMajorGrid For(int m, int n, int k)
    {
        const long FlopsPerChunk = 2_000_000, MaxPartial = 4 << 20;
        const int WantedChunks = 8, LeastKPerSplit = 256;
        int rows = (m + RowBlock - 1) / RowBlock, columns = (n + ColumnBlock - 1) / ColumnBlock;
        if (rows > 2) rows = (rows + 3) / 4 * 4;
        long wanted = Math.Min(WantedChunks, Math.Max(1, 2L * m * n * k / FlopsPerChunk));
        long splits = Math.Clamp((wanted + rows * columns - 1) / (rows * columns), 1, Math.Max(1, k / LeastKPerSplit));
        splits = Math.Min(splits, 1 + MaxPartial / Math.Max(1, (long)m * n));
        while (rows * columns * splits < wanted && (m / rows >= 112 || n / columns >= 128))
        {
            if (n / columns >= 128) columns *= 2;
            else rows *= 2;
        }
        return new KMajorGrid(rows, columns, (int)splits);
    }
}
