using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Inverts the levels from a threshold on.</summary>
public sealed record SolarizeTransform : Transform
{
    /// <summary>The first level that is inverted.</summary>
    public double Threshold { get; init; } = 128;

    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Threshold is >= 0 and <= 256, "threshold", Threshold, "0 … 256");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Point.Solarize(picture, Threshold);
    }
}
