namespace NativeEngine.Cuda.Kernels;

/// <summary>How a channels-last [rows, channels] matrix is handed to threads that keep their four channels; a function of the sizes alone.</summary>
/// <param name="Width">Threads side by side along a row, each with four channels; 0 where the channels do not divide by four.</param>
/// <param name="Launch">Grid and block.</param>
public readonly record struct QuadPlan(int Width, LaunchShape Launch)
{
    private const int MaxWidth = 32;
    private const int RowsPerThread = 4; // enough that what belongs to a channel costs little beside its rows
    private const long MaxBlocks = 8192;

    /// <summary>Plans the walk.</summary>
    public static QuadPlan Create(long rows, int channels)
    {
        if (channels % 4 != 0 || channels == 0)
            return new(0, LaunchShape.Elements(rows * channels));
        int quads = channels / 4, across = (int)LaunchShape.Ceiling(quads, MaxWidth), width = (int)LaunchShape.Ceiling(quads, across);
        across = (int)LaunchShape.Ceiling(quads, width);
        long down = Math.Min(LaunchShape.Ceiling(rows, Kernel.MaxBlock / width * RowsPerThread), Math.Max(1, MaxBlocks / across));
        return new(width, new((int)(across * down), 1, 1, Kernel.MaxBlock));
    }
}
