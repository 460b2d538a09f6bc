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
    public static MemoryDataset Create(string name, byte[] pixels, int[] labels, (int C, int H, int W) size, IReadOnlyList<string> classes, PixelMoments? moments = null)
    {
        if (labels.Length == 0)
            throw new DataException($"{name}: no images");
        if (pixels.LongLength != (long)labels.Length * size.C * size.H * size.W)
            throw new DataException($"{name}: {pixels.LongLength} bytes of pixels for {labels.Length} images of {size.C}x{size.H}x{size.W}, expected {(long)labels.Length * size.C * size.H * size.W}");
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

    /// <summary>The images named by <paramref name="indices"/>, copied, with this set's classes, mean and deviation.</summary>
    public MemoryDataset Select(string name, ReadOnlySpan<int> indices)
    {
        var pixels = new byte[(long)indices.Length * ImageBytes];
        var labels = new int[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            Read(indices[i], pixels.AsSpan(i * ImageBytes, ImageBytes));
            labels[i] = _labels[indices[i]];
        }

        return new MemoryDataset(pixels, labels)
        {
            Name = name,
            Channels = Channels,
            Height = Height,
            Width = Width,
            Classes = Classes,
            Mean = Mean,
            Std = Std,
        };
    }

    /// <summary>
    /// The same images (not copied) with their classes numbered as in <paramref name="classes"/>, which has the same names in any order.
    /// </summary>
    /// <exception cref="DataException">A class name is not among them.</exception>
    public MemoryDataset WithClasses(IReadOnlyList<string> classes, PixelMoments moments)
    {
        var numbers = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        var map = Classes.Select(c => numbers.TryGetValue(c, out int i) ? i : throw new DataException($"{Name}: class {c} is not one of {string.Join(", ", classes)}")).ToArray();
        return new MemoryDataset(_pixels, Array.ConvertAll(_labels, l => map[l]))
        {
            Name = Name,
            Channels = Channels,
            Height = Height,
            Width = Width,
            Classes = classes,
            Mean = moments.Mean,
            Std = moments.Std,
        };
    }

    /// <summary>
    /// Splits off a random <paramref name="fraction"/> for validation, a pure function of the seed; both parts keep the original order.
    /// </summary>
    /// <exception cref="UsageException">The fraction leaves one part empty.</exception>
    public (MemoryDataset Train, MemoryDataset Validation) Split(double fraction, ulong seed)
    {
        int held = (int)Math.Round(Count * fraction);
        if (!(fraction > 0 && fraction < 1) || held == 0 || held == Count)
            throw new UsageException($"val_fraction {fraction}: expected a part of {Count} images that leaves both sides at least one");
        var order = Philox.Permutation(new PhiloxKey(seed, RandomStream.Split, 0), Count);
        Array.Sort(order, 0, held);
        Array.Sort(order, held, Count - held);
        return (Select(Name, order.AsSpan(held)), Select($"{Name} (held out)", order.AsSpan(0, held)));
    }
}
