using System.Globalization;
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
    public virtual int ImageBytes => Channels * Height * Width;

    /// <summary>The class of image <paramref name="index"/>, in 0 … Classes.Count-1.</summary>
    public abstract int Label(int index);

    /// <summary>True when an image may be of several classes, or of none: then <see cref="ReadRow"/> says of which.</summary>
    public virtual bool IsMultiLabel => false;

    /// <summary>Writes a number for each class: 1 for those that image <paramref name="index"/> is of, else 0.</summary>
    /// <param name="index">The image.</param>
    /// <param name="row">[Classes.Count]</param>
    public virtual void ReadRow(int index, Span<float> row)
    {
        row.Clear();
        row[Label(index)] = 1;
    }

    /// <summary>What image <paramref name="index"/> shows where; empty where nobody marked it.</summary>
    public virtual IReadOnlyList<Box> Boxes(int index) => [];

    /// <summary>The file of image <paramref name="index"/>, or null where images do not lie in files of their own.</summary>
    public virtual string? File(int index) => null;

    /// <summary>
    /// What image <paramref name="index"/> is called whatever lies beside it: its path below the folder of the classes, with forward slashes, else its
    /// position in the data set as it was read.
    /// </summary>
    public virtual string Key(int index) => index.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a person should know about how the images were read, a sentence each.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Copies image <paramref name="index"/> to <paramref name="pixels"/>, [H, W, C].</summary>
    public abstract void Read(int index, Span<byte> pixels);

    /// <summary>
    /// Copies a part of image <paramref name="index"/>, stretched to the images' size, to <paramref name="pixels"/>, [H, W, C].
    /// </summary>
    /// <param name="index">The image.</param>
    /// <param name="choose">Chooses the part from (height, width) of the image as it is stored, which may be larger than what <see cref="Read"/> gives.</param>
    /// <param name="pixels">[H, W, C]</param>
    public virtual void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels)
    {
        var whole = new byte[ImageBytes];
        Read(index, whole);
        ImageFit.Crop(new DecodedImage(Width, Height, Channels, whole), choose(Height, Width), (Channels, Height, Width), Interpolation.Bilinear, pixels);
    }

    /// <summary>Reads image <paramref name="index"/> in the size in which it lies there.</summary>
    /// <param name="index">The image.</param>
    /// <param name="picture">Takes it in.</param>
    public virtual void ReadWhole(int index, Picture picture)
    {
        byte[] pixels = System.Buffers.ArrayPool<byte>.Shared.Rent(ImageBytes);
        Read(index, pixels.AsSpan(0, ImageBytes));
        picture.Load(pixels, Height, Width, Channels);
        System.Buffers.ArrayPool<byte>.Shared.Return(pixels);
    }

    /// <summary>The images named by <paramref name="indices"/>, with this set's classes, mean and deviation.</summary>
    public Dataset Select(string name, ReadOnlySpan<int> indices) => DatasetView.Of(this, name, indices.ToArray(), null, Classes, new PixelMoments(Mean, Std));

    /// <summary>The same images with their classes numbered as in <paramref name="classes"/>, which has at least these names, in any order.</summary>
    /// <exception cref="DataException">A class name is not among them.</exception>
    public Dataset WithClasses(IReadOnlyList<string> classes, PixelMoments moments)
    {
        var numbers = Numbers(classes);
        var map = Classes.Select(c => numbers.TryGetValue(c, out int i) ? i
            : throw new DataException($"{Name}: class {c} is not one of {string.Join(", ", classes)}")).ToArray();
        return DatasetView.Of(this, Name, null, map, classes, moments);
    }

    /// <summary>Only the images of these classes, which are numbered in the order given.</summary>
    /// <exception cref="UsageException">A class is unknown or named twice.</exception>
    /// <exception cref="DataException">No image is left.</exception>
    public Dataset OnlyClasses(IReadOnlyList<string> classes)
    {
        if (classes.Distinct(StringComparer.Ordinal).Count() != classes.Count)
            throw new UsageException($"classes {string.Join(", ", classes)}: one is named twice");
        if (classes.FirstOrDefault(c => !Classes.Contains(c)) is { } unknown)
            throw new UsageException($"classes: {Name} has no class {unknown}{NearestName.Suggest(unknown, Classes)}; it has {string.Join(", ", Classes)}");
        var numbers = Numbers(classes);
        var map = Classes.Select(c => numbers.TryGetValue(c, out int i) ? i : -1).ToArray();
        var indices = Enumerable.Range(0, Count).Where(i => map[Label(i)] >= 0).ToArray();
        if (indices.Length == 0)
            throw new DataException($"{Name}: no image of the classes {string.Join(", ", classes)}");
        return DatasetView.Of(this, Name, indices, map, classes, new PixelMoments(Mean, Std));
    }

    private static Dictionary<string, int> Numbers(IReadOnlyList<string> classes) =>
        classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
}
