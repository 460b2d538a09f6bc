using System.Buffers;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Reads image files; the contents, not the name, say which format it is.</summary>
public static class ImageReader
{
    private const int MaxFileBytes = 1 << 30;
    private static readonly ImageOptions Usual = new();

    private static readonly string[] Extensions =
    [
        ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".bmp", ".dib", ".gif", ".webp", ".tga", ".pbm", ".pgm", ".ppm", ".pnm",
        ".tif", ".tiff", ".jp2", ".avif", ".heic", ".heif", // not read, so each is named
    ];

    /// <summary>True when a file is called like an image, of a format that is read or not; other files of a folder are left alone.</summary>
    public static bool HasImageName(string path) =>
        !Path.GetFileName(path).StartsWith('.') && Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a PNG, JPEG, GIF (its first frame), BMP, WebP, TGA, PBM, PGM or PPM file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How; null is as usual.</param>
    /// <exception cref="DataException">Missing, damaged, too large or of another kind.</exception>
    /// <exception cref="HostMemoryException">The pixels do not fit into the memory.</exception>
    public static DecodedImage Read(string path, ImageOptions? options = null) =>
        Read(path, options ?? Usual, image => image with { Pixels = image.Content.ToArray() });

    /// <summary>Reads a file into buffers that are used again: the image is valid inside <paramref name="use"/> alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How.</param>
    /// <param name="use">Takes what it needs from the image.</param>
    internal static T Read<T>(string path, ImageOptions options, Func<DecodedImage, T> use)
    {
        var file = Open(path);
        try
        {
            return Decode(file, options, use);
        }
        catch (Exception e) when (e is OutOfMemoryException or SixLabors.ImageSharp.Memory.InvalidMemoryOperationException)
        {
            throw new HostMemoryException($"{path}: no memory is left for the pixels of this {file.Kind.Name} file; use fewer workers, cache none or "
                + "smaller pictures", e);
        }
    }

    /// <summary>Decodes the bytes of a file.</summary>
    internal static T Decode<T>(ImageFile file, ImageOptions options, Func<DecodedImage, T> use)
    {
        bool skia = file.Kind.Source == ImageSource.Either && ImageDecoders.Resolve(options.Decoder, out _) == ImageDecoders.Skia;
        if (file.Kind != ImageKind.Jpeg || JpegMarkers.HasEnd(file.Bytes))
            return DecodeWhole(file, skia, options, use);

        // Where the pixels do not depend on what follows the last byte, none of them is missing.
        if (!JpegMarkers.HasAllScans(file.Bytes))
            throw file.Damaged("its end is missing");
        ImageFile Followed(byte what) => file with { Bytes = JpegMarkers.Ended(file.Bytes, what) };
        return DecodeWhole(Followed(0), skia, options, image =>
        {
            foreach (byte other in (ReadOnlySpan<byte>)[0x5a, 0xa7])
            {
                if (!DecodeWhole(Followed(other), skia, options, again => again.Content.SequenceEqual(image.Content)))
                    throw file.Damaged("its end is missing");
            }

            return use(image with { Remarks = image.Remarks | ImageRemarks.NoEnd });
        });
    }

    private static T DecodeWhole<T>(ImageFile file, bool skia, ImageOptions options, Func<DecodedImage, T> use)
    {
        using ImageDecoder decoder = file.Kind.Source == ImageSource.Own ? new PnmDecoder(file) : skia ? new SkiaDecoder(file) : new SharpDecoder(file);
        int width = decoder.Width, height = decoder.Height, orientation = options.Exif ? ExifOrientation.Of(file) : ExifOrientation.Upright;
        int needed = 4 * width * height;
        using var claim = DecodeBudget.Claim(orientation == ExifOrientation.Upright ? needed : 2L * needed);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(needed), turned = [];
        try
        {
            int channels = decoder.Decode(pixels.AsSpan(0, needed), pixels);
            var remarks = decoder.Remarks | (file.IsDeepGrey ? ImageRemarks.DeepGrey : ImageRemarks.None);
            if (channels == 4)
            {
                var all = pixels.AsSpan(0, needed);
                if (!decoder.Opaque && PixelRows.IsTransparent(all))
                {
                    remarks |= ImageRemarks.Transparent;
                    if (options.Background is { } background)
                        PixelRows.Compose(all, background);
                    else if (file.Kind == ImageKind.Gif)
                        PixelRows.Fill(all, GifHeader.TransparentColour(file.Bytes));
                }

                if (file.Kind == ImageKind.Bmp)
                    BmpLevels.Stretch(all, file.Bytes);
                PixelRows.DropAlpha(all);
                channels = 3;
            }

            var image = new DecodedImage(width, height, channels, pixels) { Remarks = remarks };
            if (orientation == ExifOrientation.Upright)
                return use(image);
            turned = ArrayPool<byte>.Shared.Rent(channels * width * height);
            return use(ExifOrientation.Apply(image, orientation, turned));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
            if (turned.Length > 0)
                ArrayPool<byte>.Shared.Return(turned);
        }
    }

    /// <summary>
    /// Reads the rows of a part of an image, and no others where the library can: the same bytes as those of the whole image. The image that is given on has
    /// these
    /// rows alone.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How.</param>
    /// <param name="choose">Chooses the part from (height, width).</param>
    /// <param name="use">Is given the rows, and the part in them.</param>
    internal static void ReadPart(string path, ImageOptions options, Func<int, int, CropBox> choose, Action<DecodedImage, CropBox> use)
    {
        var file = Open(path);
        bool skia = file.Kind == ImageKind.Jpeg && ImageDecoders.Resolve(options.Decoder, out _) == ImageDecoders.Skia;
        if (skia && JpegMarkers.HasEnd(file.Bytes) && (!options.Exif || ExifOrientation.Of(file) == ExifOrientation.Upright))
        {
            using var decoder = new SkiaDecoder(file);
            var box = choose(decoder.Height, decoder.Width);
            int needed = 4 * decoder.Width * box.Height;
            using var claim = DecodeBudget.Claim(needed);
            byte[] pixels = ArrayPool<byte>.Shared.Rent(needed);
            try
            {
                int channels = decoder.DecodeRows(box.Top, box.Height, pixels);
                if (channels > 0)
                {
                    if (channels == 4)
                        PixelRows.DropAlpha(pixels.AsSpan(0, needed));
                    use(new DecodedImage(decoder.Width, box.Height, channels == 4 ? 3 : 1, pixels), box with { Top = 0 });
                    return;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(pixels);
            }
        }

        Read(path, options, image =>
        {
            use(image, choose(image.Height, image.Width));
            return true;
        });
    }

    private static ImageFile Open(string path)
    {
        byte[] bytes;
        try
        {
            bytes = SmallFile.ReadBytes(path, MaxFileBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }

        return Open(bytes, path);
    }

    /// <summary>Finds out what a file is.</summary>
    internal static ImageFile Open(byte[] bytes, string name)
    {
        if (bytes.Length == 0)
            throw new DataException($"{name}: an empty file, expected a picture");
        var kind = ImageKind.Of(bytes, name) ?? throw new DataException($"{name}: not a picture of a known kind; expected {ImageKind.Readable}");
        return kind.Source == ImageSource.None ? throw new DataException($"{name}: {kind.Name}, which is not read; expected {ImageKind.Readable}")
            : new ImageFile(bytes, kind, name);
    }
}
