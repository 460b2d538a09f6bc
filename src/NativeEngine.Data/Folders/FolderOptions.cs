using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>How the images of a folder become images of one size.</summary>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Size">Height and width.</param>
/// <param name="CropPct">
/// Part of the shorter side that is kept: an image is resized until its shorter side is Size / CropPct, rounded down, then its centre is cut out.
/// </param>
/// <param name="Cache">Whether decoded and shrunk images are kept in memory.</param>
public sealed record FolderOptions(int Channels, int Size, double CropPct = 0.875, ImageCache Cache = ImageCache.Auto)
{
    private const int ShareSkipped = 10, NamedSkipped = 5;

    /// <summary>What becomes of files that cannot be read: true leaves them out, false refuses the folder, null leaves out up to one in ten.</summary>
    public bool? SkipUnreadable { get; init; } = false;

    /// <summary>Told what was left out.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Takes files that cannot be read out of the lists, or throws.</summary>
    internal void Skip(string folder, List<string> files, List<int> labels, IReadOnlyList<string> classes, UnreadableImagesException unreadable)
    {
        int count = unreadable.Errors.Count;
        if (SkipUnreadable == false || (SkipUnreadable is null && count > Math.Max(1, files.Count / ShareSkipped)))
            throw new DataException($"{unreadable.Message}; --skip-unreadable leaves them out", unreadable);
        var before = labels.ToHashSet();
        foreach (int index in unreadable.Errors.Keys.OrderDescending())
        {
            files.RemoveAt(index);
            labels.RemoveAt(index);
        }

        before.ExceptWith(labels);
        if (before.Count > 0)
            throw new DataException($"{unreadable.Message}; no image would be left of class "
                + $"{NameList.Some([.. before.Order().Select(c => classes[c])], NamedSkipped)}", unreadable);
        Note?.Invoke($"{folder}: {count} {(count == 1 ? "file" : "files")} that cannot be read {(count == 1 ? "is" : "are")} left out: "
            + $"{string.Join("; ", unreadable.Errors.OrderBy(e => e.Key).Take(NamedSkipped).Select(e => e.Value))}"
            + $"{(count > NamedSkipped ? $"; and {count - NamedSkipped} more" : "")} (--no-skip-unreadable refuses them)");
    }

    /// <summary>Images are kept in their own size: transforms begin there.</summary>
    public bool KeepsSize { get; init; }

    /// <summary>What is done with an image that is evaluated, in the place of resizing and cutting out the centre; null for that.</summary>
    public TransformList? Prepare { get; init; }

    /// <summary>How images are resized.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>How files are read.</summary>
    public ImageOptions Images { get; init; } = new();

    // Transforms of evaluation draw nothing.
    private static readonly Draws Fixed = new(0, 0, 0, 0);

    private int Shorter => Math.Max(Size, (int)(Size / CropPct));

    /// <summary>Any image as the model takes it: resized, and its centre cut out, as torchvision's Resize and CenterCrop.</summary>
    /// <returns>[Size, Size, Channels]</returns>
    public byte[] Fit(DecodedImage image)
    {
        var pixels = new byte[Channels * Size * Size];
        Fit(image, pixels);
        return pixels;
    }

    /// <summary>As <see cref="Fit(DecodedImage)"/>; an image that <see cref="Shrink"/> made gives the same pixels.</summary>
    internal void Fit(DecodedImage image, Span<byte> pixels)
    {
        if (Prepare is { } transforms)
        {
            var picture = new Picture();
            picture.Load(image.Content, image.Height, image.Width, image.Channels);
            picture.Convert(Channels);
            transforms.Apply(picture, Fixed, new TransformContext([0.5f], [0.5f], (Size, Size)));
            if ((picture.Height, picture.Width) != (Size, Size))
                throw new UsageException($"eval_transforms make an image of {picture.Height}x{picture.Width}, the model takes {Size}x{Size}; let the list "
                    + "end with a transform that gives that size, such as center_crop");
            picture.Pixels.CopyTo(pixels);
            return;
        }

        var (height, width) = Resized(image);
        ImageFit.Part(image, CropBox.Whole(image), Channels, (height, width), CropBox.Centre(height, width, Size), Interpolation, pixels);
    }

    /// <summary>An image as it is kept: a photograph has many times the pixels that a model looks at.</summary>
    internal DecodedImage Shrink(DecodedImage image)
    {
        var (height, width) = !KeepsSize && Prepare is null && Math.Min(image.Height, image.Width) > Shorter ? Resized(image) : (image.Height, image.Width);
        var pixels = new byte[Channels * height * width];
        ImageFit.Crop(image, CropBox.Whole(image), (Channels, height, width), Interpolation, pixels);
        return new DecodedImage(width, height, Channels, pixels) { Remarks = image.Remarks };
    }

    // The longer side is rounded down, as torchvision does.
    private (int Height, int Width) Resized(DecodedImage image)
    {
        long shorter = Math.Min(image.Height, image.Width), longer = Shorter * (long)Math.Max(image.Height, image.Width) / shorter;
        return image.Height < image.Width ? (Shorter, (int)longer) : ((int)longer, Shorter);
    }
}
