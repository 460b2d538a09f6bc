namespace NativeEngine.Data;

/// <summary>Counts pixel values per channel, so sums are exact and the moments do not depend on the order of counting.</summary>
internal sealed class PixelHistogram(int channels)
{
    private readonly long[] _counts = new long[channels * 256];

    /// <summary>Counts bytes laid out [..., C].</summary>
    public void Add(ReadOnlySpan<byte> pixels)
    {
        if (channels == 1)
        {
            foreach (byte p in pixels)
                _counts[p]++;
            return;
        }

        for (int i = 0, c = 0; i < pixels.Length; i++)
        {
            _counts[c * 256 + pixels[i]]++;
            c = c + 1 == channels ? 0 : c + 1;
        }
    }

    /// <summary>Mean and standard deviation per channel.</summary>
    public PixelMoments Moments()
    {
        var mean = new float[channels];
        var std = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            long count = 0, sum = 0, squares = 0;
            for (int v = 0; v < 256; v++)
            {
                long n = _counts[c * 256 + v];
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
