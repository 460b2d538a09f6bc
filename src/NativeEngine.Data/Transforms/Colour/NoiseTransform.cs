namespace NativeEngine.Data;

/// <summary>Adds normally distributed noise to every level.</summary>
public sealed record NoiseTransform : Transform
{
    /// <summary>Standard deviation, in levels of 0 … 255.</summary>
    public double Std { get; init; } = 10;

    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Std is >= 0 and <= 255, "std", Std, "0 … 255");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (!draws.Chance(P) || Std == 0)
            return;
        foreach (ref byte level in picture.Pixels)
            level = (byte)Math.Clamp(Math.Round(level + (Std * draws.Normal())), 0, 255);
    }
}
