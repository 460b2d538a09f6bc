using System.Buffers;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Turns any decoded image into the channels and size a model takes, with Pillow's arithmetic.</summary>
public static class ImageFit
{
    /// <summary>
    /// Colour becomes grey by (19595 R + 38470 G + 7471 B + 2^15) / 2^16, rounded down (ITU-R BT.601), or grey is repeated; then the image is stretched to the
    /// size.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="invert">Exchanges dark and light: for dark ink on white paper where a model learned white on black.</param>
    /// <param name="interpolation">How to resize; null is bilinear.</param>
    /// <returns>[height, width, channels]</returns>
    public static byte[] Fit(DecodedImage image, int channels, int height, int width, bool invert = false, Interpolation? interpolation = null)
    {
        var result = new byte[channels * height * width];
        Crop(image, CropBox.Whole(image), (channels, height, width), interpolation ?? Interpolation.Bilinear, result);
        if (invert)
            Invert(result);
        return result;
    }

    /// <summary>A part of the image, converted and stretched as <see cref="Fit"/> does with the whole; what lies outside the part is not seen.</summary>
    /// <param name="image">The image.</param>
    /// <param name="box">The part; inside the image.</param>
    /// <param name="size">Channels (1 or 3), rows and columns wanted.</param>
    /// <param name="interpolation">How to resize.</param>
    /// <param name="result">[height, width, channels]</param>
    public static void Crop(DecodedImage image, CropBox box, (int C, int H, int W) size, Interpolation interpolation, Span<byte> result) =>
        Part(image, box, size.C, (size.H, size.W), new CropBox(0, 0, size.H, size.W), interpolation, result);

    /// <summary>Exchanges dark and light.</summary>
    public static void Invert(Span<byte> pixels)
    {
        foreach (ref byte pixel in pixels)
            pixel = (byte)(255 - pixel);
    }

    /// <summary>A part of the image is converted and stretched to a size, and a part of that is kept.</summary>
    internal static void Part(DecodedImage image, CropBox box, int channels, (int Height, int Width) size, CropBox kept, Interpolation interpolation,
        Span<byte> result)
    {
        if (channels is not (1 or 3))
            throw new UsageException($"images with {channels} channels: expected 1 or 3");
        if (image.Channels == channels)
        {
            ImageResize.Resize(image, box, size, kept, interpolation, result);
            return;
        }

        byte[] converted = ArrayPool<byte>.Shared.Rent(box.Height * box.Width * channels);
        try
        {
            for (int y = 0; y < box.Height; y++)
            {
                var row = image.Content.Slice(((box.Top + y) * image.Width + box.Left) * image.Channels, box.Width * image.Channels);
                var to = converted.AsSpan(y * box.Width * channels, box.Width * channels);
                if (channels == 1)
                    PixelRows.Grey(row, to);
                else
                    PixelRows.Repeat(row, to);
            }

            ImageResize.Resize(new DecodedImage(box.Width, box.Height, channels, converted), new CropBox(0, 0, box.Height, box.Width), size, kept,
                interpolation, result);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(converted);
        }
    }
}
