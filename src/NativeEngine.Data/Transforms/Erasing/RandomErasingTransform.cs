using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>
/// Paints over boxes of random size and shape (Zhong et al. 2020) as timm does. Colours are drawn behind normalisation, N(0, 1), and written as the nearest
/// level, cut off to 0 … 255.
/// </summary>
public sealed record RandomErasingTransform : Transform
{
    private const int Tries = 10;

    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.25;

    /// <summary>What they are painted over with.</summary>
    public EraseMode Mode { get; init; } = EraseMode.Pixel;

    /// <summary>Boxes, which share the area.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Smallest and largest part of the area.</summary>
    public (double Low, double High) Scale { get; init; } = (0.02, 1.0 / 3);

    /// <summary>Smallest height / width; the largest is its inverse.</summary>
    public double Ratio { get; init; } = 0.3;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Count is >= 1 and <= 100, "count", Count, "1 … 100");
        Require(Scale.Low > 0 && Scale.Low <= Scale.High && Scale.High <= 1, "scale", Scale, "two rising numbers above 0 up to 1");
        Require(Ratio is > 0 and <= 1, "ratio", Ratio, "above 0 up to 1");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (!draws.Chance(P))
            return;
        double area = (double)picture.Height * picture.Width;
        for (int box = 0; box < Count; box++)
        {
            for (int i = 0; i < Tries; i++)
            {
                double part = draws.Uniform(Scale.Low, Scale.High) * area / Count, aspect = Math.Exp(draws.Uniform(Math.Log(Ratio), -Math.Log(Ratio)));
                int h = (int)Math.Round(Math.Sqrt(part * aspect)), w = (int)Math.Round(Math.Sqrt(part / aspect));
                if (h < 1 || w < 1 || h >= picture.Height || w >= picture.Width)
                    continue;
                Paint(picture, new CropBox(draws.Below(picture.Height - h + 1), draws.Below(picture.Width - w + 1), h, w), draws, context);
                break;
            }
        }
    }

    private void Paint(Picture picture, CropBox box, Draws draws, TransformContext context)
    {
        if (Mode != EraseMode.Pixel)
        {
            Masks.Box(picture, box, Mode == EraseMode.Const ? context.MeanColour : [.. Enumerable.Range(0, picture.Channels).Select(Level)]);
            return;
        }

        for (int y = box.Top; y < box.Top + box.Height; y++)
        {
            var row = picture.Pixels.Slice(((y * picture.Width) + box.Left) * picture.Channels, box.Width * picture.Channels);
            for (int i = 0; i < row.Length; i++)
                row[i] = Level(i % picture.Channels);
        }

        byte Level(int c) => (byte)Math.Clamp(Math.Round(255 * (context.Mean[c % context.Mean.Count]
            + (context.Std[c % context.Std.Count] * draws.Normal()))), 0, 255);
    }
}
