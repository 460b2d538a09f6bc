namespace NativeEngine.Data;

/// <summary>One of the pictures an interlaced PNG is stored in: every <paramref name="StepX"/>-th pixel of every <paramref name="StepY"/>-th row.</summary>
/// <param name="X">Its first pixel's column in the whole.</param>
/// <param name="Y">Its first pixel's row in the whole.</param>
/// <param name="StepX">Columns from one of its pixels to the next.</param>
/// <param name="StepY">Rows from one of its rows to the next.</param>
/// <param name="Width">Its pixels per row.</param>
/// <param name="Height">Its rows.</param>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY, int Width, int Height)
{
    /// <summary>The passes of Adam7 (ISO/IEC 15948, 8.2) that have pixels.</summary>
    public static IEnumerable<PngPass> Adam7(int width, int height) =>
        from p in new[] { (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2) }
        let pass = new PngPass(p.Item1, p.Item2, p.Item3, p.Item4, Pixels(width, p.Item1, p.Item3), Pixels(height, p.Item2, p.Item4))
        where pass is { Width: > 0, Height: > 0 }
        select pass;

    private static int Pixels(int extent, int first, int step) => (extent - first + step - 1) / step;
}
