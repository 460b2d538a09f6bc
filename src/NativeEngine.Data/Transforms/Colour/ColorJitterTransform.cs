using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>
/// Changes brightness, contrast, saturation and hue by random amounts, in a random order, as torchvision's ColorJitter: factors of 1 - v … 1 + v, hue of
/// -v … v.
/// </summary>
public sealed record ColorJitterTransform : Transform
{
    /// <summary>Of the brightness.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Of the contrast.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Of the saturation.</summary>
    public double Saturation { get; init; } = 0.4;

    /// <summary>Of the hue, in parts of the circle.</summary>
    public double Hue { get; init; }

    /// <summary>The chance that anything happens.</summary>
    public double P { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        foreach (var (key, value) in new[] { ("brightness", Brightness), ("contrast", Contrast), ("saturation", Saturation) })
            Require(value is >= 0 and <= 10, key, value, "0 … 10");
        Require(Hue is >= 0 and <= 0.5, "hue", Hue, "0 … 0.5");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (!draws.Chance(P))
            return;
        foreach (int which in draws.Order(4))
        {
            double most = which switch { 0 => Brightness, 1 => Contrast, 2 => Saturation, _ => Hue };
            if (most == 0)
                continue;
            double factor = which == 3 ? draws.Uniform(-most, most) : draws.Uniform(Math.Max(0, 1 - most), 1 + most);
            switch (which)
            {
                case 0: Enhance.Brightness(picture, factor); break;
                case 1: Enhance.Contrast(picture, factor); break;
                case 2: Enhance.Saturation(picture, factor); break;
                default: Enhance.Hue(picture, factor); break;
            }
        }
    }
}
