using System.Buffers;

namespace NativeEngine.Data.Arithmetic;

/// <summary>
/// Pillow's ImageEnhance and the hue of torchvision: D + factor·(x - D) in float32, cut off to 0 … 255 and truncated, where D is black, the mean grey, the grey
/// of the pixel, or the smoothed image.
/// </summary>
internal static class Enhance
{
    /// <summary>Factor 0 is black, 1 the image.</summary>
    public static void Brightness(Picture picture, double factor) => Towards(picture, 0, (float)factor);

    /// <summary>Factor 0 is the mean grey, 1 the image.</summary>
    public static void Contrast(Picture picture, double factor)
    {
        byte[]? grey = null;
        ReadOnlySpan<byte> levels = picture.Channels == 1 ? picture.Pixels : GreyOf(picture, ref grey);
        long sum = 0;
        foreach (byte level in levels)
            sum += level;
        int mean = (int)(((double)sum / levels.Length) + 0.5);
        Return(grey);
        Towards(picture, mean, (float)factor);
    }

    /// <summary>Factor 0 is grey, 1 the image; a grey image stays.</summary>
    public static void Saturation(Picture picture, double factor)
    {
        if (picture.Channels == 1)
            return;
        byte[]? grey = null;
        var levels = GreyOf(picture, ref grey);
        var pixels = picture.Pixels;
        float f = (float)factor;
        for (int i = 0, at = 0; i < levels.Length; i++, at += 3)
        {
            float d = levels[i];
            pixels[at] = Blend(d, pixels[at], f);
            pixels[at + 1] = Blend(d, pixels[at + 1], f);
            pixels[at + 2] = Blend(d, pixels[at + 2], f);
        }

        Return(grey);
    }

    /// <summary>Factor 0 is smoothed with [1 1 1; 1 5 1; 1 1 1] / 13, 1 the image, 2 sharpened; the pixels of the border stay.</summary>
    public static void Sharpness(Picture picture, double factor)
    {
        int channels = picture.Channels, stride = picture.Width * channels, height = picture.Height;
        if (picture.Width < 3 || height < 3)
            return;
        const float side = 1f / 13, middle = 5f / 13;
        float f = (float)factor;
        picture.Replace(height, picture.Width, (from, to) =>
        {
            from.CopyTo(to);
            for (int y = 1; y < height - 1; y++)
            {
                var below = from.Slice((y + 1) * stride, stride);
                var row = from.Slice(y * stride, stride);
                var above = from.Slice((y - 1) * stride, stride);
                var result = to.Slice(y * stride, stride);
                for (int i = channels; i < stride - channels; i++)
                {
                    float sum = 0.5f;
                    sum += (below[i - channels] * side) + (below[i] * side) + (below[i + channels] * side);
                    sum += (row[i - channels] * side) + (row[i] * middle) + (row[i + channels] * side);
                    sum += (above[i - channels] * side) + (above[i] * side) + (above[i + channels] * side);
                    result[i] = Blend((int)sum, row[i], f);
                }
            }
        });
    }

    /// <summary>Makes the image grey; colour images stay images of three channels.</summary>
    public static void Grey(Picture picture)
    {
        if (picture.Channels == 1)
            return;
        byte[]? grey = null;
        PixelRows.Repeat(GreyOf(picture, ref grey), picture.Pixels);
        Return(grey);
    }

    /// <summary>
    /// Turns the hue of a colour image by a part of the circle, -0.5 … 0.5, by way of Pillow's 8-bit HSV, which loses levels even for 0.
    /// </summary>
    public static void Hue(Picture picture, double part)
    {
        if (picture.Channels == 1)
            return;
        byte turn = unchecked((byte)(int)(part * 255));
        var pixels = picture.Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int r = pixels[i], g = pixels[i + 1], b = pixels[i + 2], high = Math.Max(r, Math.Max(g, b)), low = Math.Min(r, Math.Min(g, b));
            byte hue = 0, saturation = 0;
            if (high != low)
            {
                float range = high - low, red = (high - r) / range, green = (high - g) / range, blue = (high - b) / range;
                float h = r == high ? blue - green : g == high ? (float)(2.0 + red - blue) : (float)(4.0 + green - red);
                h = (float)(((h / 6.0) + 1.0) % 1.0);
                hue = (byte)Math.Clamp((int)(h * 255.0), 0, 255);
                saturation = (byte)Math.Clamp((int)(range / high * 255.0), 0, 255);
            }

            hue += turn;
            if (saturation == 0)
            {
                pixels[i] = pixels[i + 1] = pixels[i + 2] = (byte)high;
                continue;
            }

            int sector = (int)Math.Floor(hue * 6.0f / 255.0);
            float rest = (float)((hue * 6.0f / 255.0) - sector), share = saturation / 255.0f;
            byte p = Rounded(high * (1.0 - share)), q = Rounded(high * (1.0 - (share * rest))), t = Rounded(high * (1.0 - (share * (1.0 - rest)))),
                v = (byte)high;
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (sector % 6) switch
            {
                0 => (v, t, p),
                1 => (q, v, p),
                2 => (p, v, t),
                3 => (p, q, v),
                4 => (t, p, v),
                _ => (v, p, q),
            };
        }
    }

    private static byte Rounded(double value) => (byte)Math.Clamp((int)Math.Round(value, MidpointRounding.AwayFromZero), 0, 255);

    private static void Towards(Picture picture, int level, float factor) =>
        Point.Map(picture.Pixels, Point.Table(x => Blend(level, x, factor)));

    private static byte Blend(float d, float x, float factor) => (byte)Math.Clamp(d + (factor * (x - d)), 0f, 255f);

    private static Span<byte> GreyOf(Picture picture, ref byte[]? rented)
    {
        int count = picture.Width * picture.Height;
        rented = ArrayPool<byte>.Shared.Rent(count);
        var grey = rented.AsSpan(0, count);
        PixelRows.Grey(picture.Pixels, grey);
        return grey;
    }

    private static void Return(byte[]? rented)
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
