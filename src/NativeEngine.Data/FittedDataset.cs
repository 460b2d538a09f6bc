using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of another data set with other channels or another size; each is converted when it is read, see <see cref="ImageFit"/>.</summary>
public sealed class FittedDataset : Dataset
{
    private readonly Dataset _source;

    private FittedDataset(Dataset source) => _source = source;

    /// <inheritdoc/>
    public override int Count => _source.Count;

    /// <summary>
    /// <paramref name="source"/> itself when nothing is to be changed. Grey becomes colour by repeating, so mean and deviation repeat, too.
    /// </summary>
    /// <param name="source">The images.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <exception cref="UsageException">Colour images cannot be taken as grey ones here, or the number of channels is neither 1 nor 3.</exception>
    public static Dataset Of(Dataset source, int channels, int height, int width)
    {
        if ((source.Channels, source.Height, source.Width) == (channels, height, width))
            return source;
        if (channels is not (1 or 3) || channels < source.Channels)
            throw new UsageException($"in_chans {channels}: the images of {source.Name} have {source.Channels}; expected {(source.Channels == 1 ? "1 or 3" : "3")}");
        IReadOnlyList<float> Each(IReadOnlyList<float> values) => [.. Enumerable.Range(0, channels).Select(c => values[c % values.Count])];
        return new FittedDataset(source)
        {
            Name = source.Name,
            Channels = channels,
            Height = height,
            Width = width,
            Classes = source.Classes,
            Mean = Each(source.Mean),
            Std = Each(source.Std),
        };
    }

    /// <inheritdoc/>
    public override int Label(int index) => _source.Label(index);

    /// <inheritdoc/>
    public override string? File(int index) => _source.File(index);

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels) => ImageFit.Fit(Original(index), Channels, Height, Width).CopyTo(pixels);

    /// <inheritdoc/>
    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels) =>
        ImageFit.Crop(Original(index), choose(_source.Height, _source.Width), Channels, Height, Width).CopyTo(pixels);

    private DecodedImage Original(int index)
    {
        var pixels = new byte[_source.ImageBytes];
        _source.Read(index, pixels);
        return new DecodedImage(_source.Width, _source.Height, _source.Channels, pixels);
    }
}
