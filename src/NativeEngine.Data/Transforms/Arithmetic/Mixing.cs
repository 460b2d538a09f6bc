namespace NativeEngine.Data.Arithmetic;

/// <summary>MixUp (Zhang et al. 2018) and CutMix (Yun et al. 2019) of bytes, as timm mixes them.</summary>
internal static class Mixing
{
    /// <summary>λ·a + (1 - λ)·b in float32, rounded half to even; written to <paramref name="a"/>.</summary>
    public static void Blend(Span<byte> a, ReadOnlySpan<byte> b, double lambda)
    {
        float own = (float)lambda, other = (float)(1 - lambda);
        for (int i = 0; i < a.Length; i++)
            a[i] = (byte)MathF.Round((a[i] * own) + (b[i] * other));
    }

    /// <summary>Puts a box of another image into this one.</summary>
    public static void Paste(Span<byte> a, ReadOnlySpan<byte> b, CropBox box, int width, int channels)
    {
        for (int y = box.Top; y < box.Top + box.Height; y++)
        {
            int at = ((y * width) + box.Left) * channels, bytes = box.Width * channels;
            b.Slice(at, bytes).CopyTo(a[at..]);
        }
    }

    /// <summary>The box of √(1 - λ) of height and width around a point, cut off at the edges.</summary>
    public static CropBox Box(int height, int width, double lambda, int centreY, int centreX)
    {
        double side = Math.Sqrt(1 - lambda);
        int h = (int)(height * side), w = (int)(width * side);
        int top = Math.Clamp(centreY - (h / 2), 0, height), bottom = Math.Clamp(centreY + (h / 2), 0, height);
        int left = Math.Clamp(centreX - (w / 2), 0, width), right = Math.Clamp(centreX + (w / 2), 0, width);
        return new CropBox(top, left, bottom - top, right - left);
    }

    /// <summary>The share of an image that a box leaves: the λ of its labels.</summary>
    public static double Share(CropBox box, int height, int width) => 1 - ((double)box.Height * box.Width / ((double)height * width));
}
