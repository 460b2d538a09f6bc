using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Turns by an angle of -degrees … degrees around the middle; positive is counter-clockwise.</summary>
public sealed record RotateTransform : Transform
{
    /// <summary>The largest angle.</summary>
    public double Degrees { get; init; } = 15;

    /// <summary>The chance that anything happens.</summary>
    public double P { get; init; } = 1;

    /// <summary>nearest, bilinear or bicubic.</summary>
    public string Interpolation { get; init; } = "nearest";

    /// <summary>The level outside.</summary>
    public int Fill { get; init; }

    /// <summary>The canvas grows to hold the whole turned image.</summary>
    public bool Expand { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Degrees is >= 0 and <= 360, "degrees", Degrees, "0 … 360");
        Require(Fill is >= 0 and <= 255, "fill", Fill, "0 … 255");
        _ = SizedTransform.Sampling(Interpolation);
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Warp.Rotate(picture, draws.Uniform(-Degrees, Degrees), SizedTransform.Sampling(Interpolation), [(byte)Fill], Expand);
    }
}
