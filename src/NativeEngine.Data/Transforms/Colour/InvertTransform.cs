using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Exchanges dark and light.</summary>
public sealed record InvertTransform : Transform
{
    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate() => RequireChance(P);

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Point.Invert(picture);
    }
}
