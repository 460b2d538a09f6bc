using System.Buffers;

namespace NativeEngine.Data.Arithmetic;

/// <summary>Gaussian blur in Pillow's way (three box blurs) and in torchvision's (the kernel itself).</summary>
internal static class Blur
{
    private const int Passes = 3;

    /// <summary>
    /// Three box blurs along the rows and three along the columns, whose standard deviation together is the radius; each has a fractional width, is computed
    /// with weights of 24 bits and rounded to bytes. Edges are repeated.
    /// </summary>
    public static void Boxes(Picture picture, double radius)
    {
        float variance = (float)radius * (float)radius / Passes;
        float length = (float)Math.Sqrt((12.0 * variance) + 1.0), whole = (float)Math.Floor((length - 1.0) / 2.0);
        float more = ((2 * whole) + 1) * ((whole * (whole + 1)) - (3 * variance));
        more /= 6 * (variance - ((whole + 1) * (whole + 1)));
        float width = whole + more;
        if (!(width > 0))
            return;
        int channels = picture.Channels, height = picture.Height, columns = picture.Width;
        for (int pass = 0; pass < Passes; pass++)
        {
            picture.Replace(height, columns, (from, to) =>
            {
                for (int y = 0; y < height; y++)
                {
                    for (int c = 0; c < channels; c++)
                        Line(from[((y * columns * channels) + c)..], to[((y * columns * channels) + c)..], columns, channels, width);
                }
            });
        }

        int stride = columns * channels;
        for (int pass = 0; pass < Passes; pass++)
        {
            picture.Replace(height, columns, (from, to) =>
            {
                for (int i = 0; i < stride; i++)
                    Line(from[i..], to[i..], height, stride, width);
            });
        }
    }

    private static void Line(ReadOnlySpan<byte> from, Span<byte> to, int count, int stride, float width)
    {
        int radius = (int)width, last = count - 1;
        uint inner = (uint)((1 << 24) / ((width * 2) + 1)), outer = (uint)(((1 << 24) - (((radius * 2) + 1) * inner)) / 2);
        uint sum = 0;
        for (int k = -radius; k <= radius; k++)
            sum += from[Math.Clamp(k, 0, last) * stride];
        for (int x = 0; x < count; x++)
        {
            uint far = (uint)(from[Math.Clamp(x - radius - 1, 0, last) * stride] + from[Math.Clamp(x + radius + 1, 0, last) * stride]);
            to[x * stride] = (byte)(((sum * inner) + (far * outer) + (1 << 23)) >> 24);
            sum += (uint)(from[Math.Clamp(x + radius + 1, 0, last) * stride] - from[Math.Clamp(x - radius, 0, last) * stride]);
        }
    }

    /// <summary>exp(-x² / 2σ²) over an odd number of taps, normalised, in float32; edges are reflected, results rounded half to even.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="taps">(across, down), odd.</param>
    /// <param name="sigma">(across, down), above 0.</param>
    public static void Kernel(Picture picture, (int X, int Y) taps, (double X, double Y) sigma)
    {
        int channels = picture.Channels, height = picture.Height, width = picture.Width, count = height * width * channels;
        float[] across = Taps(taps.X, sigma.X), down = Taps(taps.Y, sigma.Y);
        float[] between = ArrayPool<float>.Shared.Rent(count);
        picture.Replace(height, width, (from, to) =>
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        float sum = 0;
                        for (int k = 0; k < across.Length; k++)
                            sum += across[k] * from[(((y * width) + Borders.Reflect(x + k - (taps.X / 2), width)) * channels) + c];
                        between[(((y * width) + x) * channels) + c] = sum;
                    }
                }
            }

            int stride = width * channels;
            for (int y = 0; y < height; y++)
            {
                for (int i = 0; i < stride; i++)
                {
                    float sum = 0;
                    for (int k = 0; k < down.Length; k++)
                        sum += down[k] * between[(Borders.Reflect(y + k - (taps.Y / 2), height) * stride) + i];
                    to[(y * stride) + i] = (byte)Math.Clamp(MathF.Round(sum), 0, 255);
                }
            }
        });
        ArrayPool<float>.Shared.Return(between);
    }

    private static float[] Taps(int count, double sigma)
    {
        float[] taps = [.. Enumerable.Range(0, count).Select(i => (float)Math.Exp(-0.5 * Math.Pow((i - ((count - 1) / 2.0)) / sigma, 2)))];
        float sum = taps.Sum();
        return Array.ConvertAll(taps, t => t / sum);
    }
}
