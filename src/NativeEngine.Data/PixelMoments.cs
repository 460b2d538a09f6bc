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
        var histogram = new PixelHistogram(channels);
        histogram.Add(pixels);
        return histogram.Moments();
    }
}
