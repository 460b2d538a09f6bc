using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>
/// Paints a grid with the mean colour whose period, offset and angle are random (Chen et al. 2020). The chance grows from 0 in the first epoch to
/// <see cref="P"/> in the last.
/// </summary>
public sealed record GridMaskTransform : Transform
{
    /// <summary>Smallest period, and one more than the largest.</summary>
    public (double Low, double High) D { get; init; } = (96, 224);

    /// <summary>Part of a period that a band takes.</summary>
    public double Ratio { get; init; } = 0.6;

    /// <summary>The chance at the end.</summary>
    public double P { get; init; } = 0.8;

    /// <summary>Degrees of rotation, one more than the largest.</summary>
    public int Rotate { get; init; } = 360;

    /// <summary>Keeps the bands and paints the squares between them.</summary>
    public bool Inverse { get; init; } = true;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(D.Low >= 2 && D.Low < D.High && D.High <= 8192, "d", D, "two rising numbers of at least 2");
        Require(Ratio is > 0 and < 1, "ratio", Ratio, "0 … 1, both excluded");
        Require(Rotate is >= 1 and <= 360, "rotate", Rotate, "1 … 360");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        double chance = context.Epochs > 0 ? P * Math.Min(1, (double)context.Epoch / context.Epochs) : P;
        if (!draws.Chance(chance))
            return;
        int d = (int)D.Low + draws.Below((int)D.High - (int)D.Low);
        Masks.Grid(picture, d, Ratio, (draws.Below(d), draws.Below(d)), draws.Below(Rotate), Inverse, context.MeanColour);
    }
}
