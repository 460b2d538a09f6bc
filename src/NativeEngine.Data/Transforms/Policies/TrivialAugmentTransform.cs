namespace NativeEngine.Data;

/// <summary>One operation at a random level, nothing to tune (Müller and Hutter 2021), over the wide magnitudes.</summary>
public sealed record TrivialAugmentTransform : Transform
{
    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context) =>
        RandAugmentTvTransform.One(picture, draws, MagnitudeSpace.TrivialAugmentWide, draws.Below(MagnitudeSpace.TrivialAugmentWide.Levels));
}
