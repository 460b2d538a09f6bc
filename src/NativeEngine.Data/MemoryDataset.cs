using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A data set that lies in memory as one array.</summary>
public sealed class MemoryDataset : Dataset
{
    private readonly byte[] _pixels;
    private readonly int[] _labels;

    /// <summary>Wraps arrays (not copied).</summary>
    /// <param name="pixels">[N, H, W, C]</param>
    /// <param name="labels">[N], each an index into the class names.</param>
    public MemoryDataset(byte[] pixels, int[] labels)
    {
        _pixels = pixels;
        _labels = labels;
    }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override int Label(int index) => _labels[index];

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels) => _pixels.AsSpan(index * ImageBytes, ImageBytes).CopyTo(pixels);

    /// <summary>
    /// Makes a data set and checks it: sizes agree, there is at least one image, every label names a class. Mean and standard
    /// deviation are computed from the pixels unless given.
    /// </summary>
    /// <param name="name">Shown in messages.</param>
    /// <param name="pixels">[N, H, W, C], not copied.</param>
    /// <param name="labels">[N], not copied.</param>
    /// <param name="size">(channels, height, width)</param>
    /// <param name="classes">Class names.</param>
    /// <param name="moments">Mean and standard deviation per channel, of the training part when this is another.</param>
    /// <exception cref="DataException">The parts do not fit together.</exception>
    public static MemoryDataset Create(string name, byte[] pixels, int[] labels, (int C, int H, int W) size, IReadOnlyList<string> classes,
        PixelMoments? moments = null)
    {
        if (labels.Length == 0)
            throw new DataException($"{name}: no images");
        if (pixels.LongLength != (long)labels.Length * size.C * size.H * size.W)
            throw new DataException($"{name}: {pixels.LongLength} bytes of pixels for {labels.Length} images of {size.C}x{size.H}x{size.W}, expected "
                + $"{(long)labels.Length * size.C * size.H * size.W}");
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes.Count)
                throw new DataException($"{name}: label {labels[i]} of image {i} is out of range, expected 0..{classes.Count - 1}");
        }

        moments ??= PixelMoments.Of(pixels, size.C);
        return new MemoryDataset(pixels, labels)
        {
            Name = name,
            Channels = size.C,
            Height = size.H,
            Width = size.W,
            Classes = classes,
            Mean = moments.Mean,
            Std = moments.Std,
        };
    }
}
