namespace NativeEngine.Data;

/// <summary>Mean and standard deviation of pixels per channel, in units of 0 … 1.</summary>
/// <param name="Mean">[C]</param>
/// <param name="Std">[C], at least 1/255 so that a constant image stays finite.</param>
public sealed record PixelMoments(IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>
    /// Moments of bytes laid out [..., C]. Counted as a histogram, so the sums are exact and the result does not depend on
    /// the order of summation.
    /// </summary>
    public static PixelMoments Of(ReadOnlySpan<byte> pixels, int channels)
    {
        var histogram = new long[channels * 256];
        if (channels == 1)
        {
            foreach (byte p in pixels)
                histogram[p]++;
        }
        else
        {
            for (int i = 0, c = 0; i < pixels.Length; i++)
            {
                histogram[c * 256 + pixels[i]]++;
                c = c + 1 == channels ? 0 : c + 1;
            }
        }

        var mean = new float[channels];
        var std = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            long count = 0, sum = 0, squares = 0;
            for (int v = 0; v < 256; v++)
            {
                long n = histogram[c * 256 + v];
                count += n;
                sum += n * v;
                squares += n * v * v;
            }

            double m = (double)sum / Math.Max(1, count), variance = (double)squares / Math.Max(1, count) - m * m;
            mean[c] = (float)(m / 255);
            std[c] = (float)Math.Max(Math.Sqrt(Math.Max(0, variance)) / 255, 1.0 / 255);
        }

        return new PixelMoments(mean, std);
    }
}
