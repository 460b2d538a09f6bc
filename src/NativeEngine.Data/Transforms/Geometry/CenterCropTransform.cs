using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Keeps the centre; what a smaller image lacks is black.</summary>
public sealed record CenterCropTransform : SizedTransform
{
    /// <inheritdoc/>
    public override bool IsRandom => false;

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        var (height, width) = SidesOf(context);
        Borders.CropCentre(picture, height, width);
    }
}
