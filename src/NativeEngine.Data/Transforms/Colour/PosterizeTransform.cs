using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Keeps the highest bits of every level.</summary>
public sealed record PosterizeTransform : Transform
{
    /// <summary>Bits that are kept.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Bits is >= 0 and <= 8, "bits", Bits, "0 … 8");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Point.Posterize(picture, Bits);
    }
}
