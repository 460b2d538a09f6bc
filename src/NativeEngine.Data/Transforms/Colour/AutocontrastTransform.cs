using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Stretches the levels of each channel to 0 … 255.</summary>
public sealed record AutocontrastTransform : Transform
{
    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate() => RequireChance(P);

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Point.AutoContrast(picture);
    }
}
