using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Turns any decoded image into the channels and size a model takes.</summary>
public static class ImageFit
{
    /// <summary>
    /// Alpha is laid over black, colour becomes grey by 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) or grey is repeated, then
    /// the image is resized by averaging the covered area (to a smaller size) or bilinearly (to a larger one).
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="invert">Exchanges dark and light: for dark ink on white paper where a model learned white on black.</param>
    /// <returns>[height, width, channels]</returns>
    public static byte[] Fit(DecodedImage image, int channels, int height, int width, bool invert = false)
    {
        if (channels is not (1 or 3))
            throw new UsageException($"images with {channels} channels: expected 1 or 3");
        var planes = Colours(image, channels);
        if (image.Height != height || image.Width != width)
        {
            planes = ResizeRows(planes, image.Height, image.Width * channels, height);
            planes = ResizeColumns(planes, height, image.Width, channels, width);
        }

        var result = new byte[planes.Length];
        for (int i = 0; i < result.Length; i++)
        {
            double value = Math.Clamp(Math.Round(planes[i]), 0, 255);
            result[i] = (byte)(invert ? 255 - value : value);
        }

        return result;
    }

    private static double[] Colours(DecodedImage image, int channels)
    {
        int stored = image.Channels;
        bool alpha = stored is 2 or 4, colour = stored >= 3;
        var result = new double[image.Width * image.Height * channels];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            var pixel = image.Pixels.AsSpan(i * stored, stored);
            double opacity = alpha ? pixel[^1] / 255.0 : 1;
            for (int c = 0; c < channels; c++)
            {
                double value = !colour ? pixel[0] : channels == 3 ? pixel[c] : 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
                result[i * channels + c] = value * opacity;
            }
        }

        return result;
    }

    private static double[] ResizeRows(double[] source, int height, int rowLength, int newHeight)
    {
        var result = new double[newHeight * rowLength];
        for (int y = 0; y < newHeight; y++)
        {
            foreach (var (from, weight) in Window(y, newHeight, height))
            {
                for (int x = 0; x < rowLength; x++)
                    result[y * rowLength + x] += weight * source[from * rowLength + x];
            }
        }

        return result;
    }

    private static double[] ResizeColumns(double[] source, int height, int width, int channels, int newWidth)
    {
        var result = new double[height * newWidth * channels];
        for (int x = 0; x < newWidth; x++)
        {
            foreach (var (from, weight) in Window(x, newWidth, width))
            {
                for (int y = 0; y < height; y++)
                {
                    for (int c = 0; c < channels; c++)
                        result[(y * newWidth + x) * channels + c] += weight * source[(y * width + from) * channels + c];
                }
            }
        }

        return result;
    }

    // The source positions that form one target position, with weights that sum to 1.
    private static List<(int From, double Weight)> Window(int target, int targets, int sources)
    {
        var window = new List<(int, double)>();
        double scale = (double)sources / targets;
        if (scale >= 1)
        {
            double lo = target * scale, hi = lo + scale;
            for (int s = (int)lo; s < sources && s < hi; s++)
            {
                double covered = Math.Min(hi, s + 1) - Math.Max(lo, s);
                if (covered > 0)
                    window.Add((s, covered / scale));
            }

            return window;
        }

        double centre = Math.Clamp((target + 0.5) * scale - 0.5, 0, sources - 1);
        int left = (int)centre, right = Math.Min(left + 1, sources - 1);
        window.Add((left, 1 - (centre - left)));
        if (centre > left)
            window.Add((right, centre - left));
        return window;
    }
}
