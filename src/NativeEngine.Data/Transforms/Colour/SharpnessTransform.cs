using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Sharpens (a factor above 1) or smooths (below 1).</summary>
public sealed record SharpnessTransform : Transform
{
    /// <summary>0 smooths, 1 changes nothing, 2 sharpens.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Factor is >= 0 and <= 100, "factor", Factor, "0 … 100");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Enhance.Sharpness(picture, Factor);
    }
}
