using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Spreads the levels of each channel so that all are used equally often.</summary>
public sealed record EqualizeTransform : Transform
{
    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate() => RequireChance(P);

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Point.Equalize(picture);
    }
}
