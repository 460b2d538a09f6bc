using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Takes the colour away; the image keeps its channels.</summary>
public sealed record GrayscaleTransform : Transform
{
    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.1;

    /// <inheritdoc/>
    public override void Validate() => RequireChance(P);

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Enhance.Grey(picture);
    }
}
