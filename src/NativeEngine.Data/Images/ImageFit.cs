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
    public static byte[] Fit(DecodedImage image, int channels, int height, int width, bool invert = false) =>
        Crop(image, CropBox.Whole(image), channels, height, width, invert);

    /// <summary>A part of the image, converted and resized as <see cref="Fit"/> does with the whole.</summary>
    /// <param name="image">The image.</param>
    /// <param name="box">The part; inside the image.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="invert">Exchanges dark and light.</param>
    /// <returns>[height, width, channels]</returns>
    public static byte[] Crop(DecodedImage image, CropBox box, int channels, int height, int width, bool invert = false)
    {
        if (channels is not (1 or 3))
            throw new UsageException($"images with {channels} channels: expected 1 or 3");
        var planes = Colours(image, box, channels);
        if (box.Height != height || box.Width != width)
        {
            planes = ResizeRows(planes, box.Height, box.Width * channels, height);
            planes = ResizeColumns(planes, height, box.Width, channels, width);
        }

        var result = new byte[planes.Length];
        for (int i = 0; i < result.Length; i++)
        {
            double value = Math.Clamp(Math.Round(planes[i]), 0, 255);
            result[i] = (byte)(invert ? 255 - value : value);
        }

        return result;
    }

    private static double[] Colours(DecodedImage image, CropBox box, int channels)
    {
        int stored = image.Channels;
        bool alpha = stored is 2 or 4, colour = stored >= 3;
        var result = new double[box.Width * box.Height * channels];
        int to = 0;
        for (int y = box.Top; y < box.Top + box.Height; y++)
        {
            var row = image.Pixels.AsSpan((y * image.Width + box.Left) * stored, box.Width * stored);
            if (stored == channels)
            {
                foreach (byte sample in row)
                    result[to++] = sample;
                continue;
            }

            for (; row.Length > 0; row = row[stored..])
            {
                double opacity = alpha ? row[stored - 1] / 255.0 : 1;
                for (int c = 0; c < channels; c++)
                {
                    double value = !colour ? row[0] : channels == 3 ? row[c] : 0.299 * row[0] + 0.587 * row[1] + 0.114 * row[2];
                    result[to++] = value * opacity;
                }
            }
        }

        return result;
    }

    private static double[] ResizeRows(double[] source, int height, int rowLength, int newHeight)
    {
        if (height == newHeight)
            return source;
        var result = new double[newHeight * rowLength];
        for (int y = 0; y < newHeight; y++)
        {
            var row = result.AsSpan(y * rowLength, rowLength);
            foreach (var (from, weight) in Window(y, newHeight, height))
            {
                var part = source.AsSpan(from * rowLength, rowLength);
                for (int x = 0; x < row.Length; x++)
                    row[x] += weight * part[x];
            }
        }

        return result;
    }

    private static double[] ResizeColumns(double[] source, int height, int width, int channels, int newWidth)
    {
        if (width == newWidth)
            return source;
        var windows = Enumerable.Range(0, newWidth).Select(x => Window(x, newWidth, width)).ToArray();
        var result = new double[height * newWidth * channels];
        for (int y = 0; y < height; y++)
        {
            var row = source.AsSpan(y * width * channels, width * channels);
            int to = y * newWidth * channels;
            foreach (var window in windows)
            {
                for (int c = 0; c < channels; c++)
                {
                    double sum = 0;
                    foreach (var (from, weight) in window)
                        sum += weight * row[from * channels + c];
                    result[to++] = sum;
                }
            }
        }

        return result;
    }

    // The source positions that form one target position, with weights that sum to 1.
    private static (int From, double Weight)[] Window(int target, int targets, int sources)
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

            return [.. window];
        }

        double centre = Math.Clamp((target + 0.5) * scale - 0.5, 0, sources - 1);
        int left = (int)centre, right = Math.Min(left + 1, sources - 1);
        window.Add((left, 1 - (centre - left)));
        if (centre > left)
            window.Add((right, centre - left));
        return [.. window];
    }
}
