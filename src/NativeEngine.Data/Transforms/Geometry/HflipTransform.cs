using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Mirrors left to right.</summary>
public sealed record HflipTransform : Transform
{
    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate() => RequireChance(P);

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Borders.FlipAcross(picture);
    }
}
