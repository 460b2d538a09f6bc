using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Paints squares with the mean colour whose centres lie anywhere in the image, so that edges cut them off (DeVries and Taylor 2017).</summary>
public sealed record CutoutTransform : Transform
{
    /// <summary>Side of a square.</summary>
    public int Length { get; init; } = 16;

    /// <summary>Squares.</summary>
    public int Holes { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Length is >= 1 and <= 8192, "length", Length, "1 … 8192");
        Require(Holes is >= 1 and <= 1000, "holes", Holes, "1 … 1000");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        for (int i = 0; i < Holes; i++)
            Masks.Box(picture, Masks.Square(draws.Below(picture.Height), draws.Below(picture.Width), Length), context.MeanColour);
    }
}
