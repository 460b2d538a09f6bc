using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The images of another data set with other channels or another size; each is converted when it is read, see <see cref="ImageFit"/>.</summary>
public sealed class FittedDataset : DerivedDataset
{
    private readonly Interpolation _interpolation;

    [SetsRequiredMembers]
    private FittedDataset(Dataset source, Interpolation interpolation)
        : base(source) => _interpolation = interpolation;

    /// <inheritdoc/>
    public override int ImageBytes => Channels * Height * Width;

    /// <summary>
    /// <paramref name="source"/> itself when nothing is to be changed. Grey becomes colour by repeating, so mean and deviation repeat, too.
    /// </summary>
    /// <param name="source">The images.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="interpolation">How to resize; null is bilinear.</param>
    /// <exception cref="UsageException">Colour images cannot be taken as grey ones here, or the number of channels is neither 1 nor 3.</exception>
    public static Dataset Of(Dataset source, int channels, int height, int width, Interpolation? interpolation = null)
    {
        if ((source.Channels, source.Height, source.Width) == (channels, height, width))
            return source;
        if (channels is not (1 or 3) || channels < source.Channels)
            throw new UsageException($"in_chans {channels}: the images of {source.Name} have {source.Channels}; expected "
                + $"{(source.Channels == 1 ? "1 or 3" : "3")}");
        IReadOnlyList<float> Each(IReadOnlyList<float> values) => [.. Enumerable.Range(0, channels).Select(c => values[c % values.Count])];
        return new FittedDataset(source, interpolation ?? Interpolation.Bilinear)
        {
            Channels = channels, Height = height, Width = width,
            Mean = Each(source.Mean), Std = Each(source.Std)
        };
    }

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels) => ReadCrop(index, static (height, width) => new CropBox(0, 0, height, width), pixels);

    /// <inheritdoc/>
    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels)
    {
        byte[] original = ArrayPool<byte>.Shared.Rent(Source.ImageBytes);
        try
        {
            Source.Read(index, original.AsSpan(0, Source.ImageBytes));
            ImageFit.Crop(new DecodedImage(Source.Width, Source.Height, Source.Channels, original), choose(Source.Height, Source.Width),
                (Channels, Height, Width), _interpolation, pixels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(original);
        }
    }
}
