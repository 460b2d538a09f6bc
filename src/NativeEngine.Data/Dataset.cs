using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Labelled images of one size. Pixels are bytes in memory order [H, W, C] per image; the device normalises them
/// (<see cref="IBackend.ImageBatch"/>). Implementations are safe to read from several threads.
/// </summary>
public abstract class Dataset
{
    /// <summary>Where the data came from, as a person names it: <c>mnist train</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Number of images.</summary>
    public abstract int Count { get; }

    /// <summary>Channels per pixel: 1 (grey) or 3 (RGB).</summary>
    public required int Channels { get; init; }

    /// <summary>Rows of every image.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of every image.</summary>
    public required int Width { get; init; }

    /// <summary>Class names; a label is an index into them.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Mean of each channel in units of 0 … 1, over the training part.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Standard deviation of each channel in units of 0 … 1, over the training part.</summary>
    public required IReadOnlyList<float> Std { get; init; }

    /// <summary>Bytes of one image.</summary>
    public int ImageBytes => Channels * Height * Width;

    /// <summary>The class of image <paramref name="index"/>, in 0 … Classes.Count-1.</summary>
    public abstract int Label(int index);

    /// <summary>Copies image <paramref name="index"/> to <paramref name="pixels"/>, [H, W, C].</summary>
    public abstract void Read(int index, Span<byte> pixels);
}
