using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Random rotation, translation, scale and shear around the middle, as torchvision's RandomAffine.</summary>
public sealed record AffineTransform : Transform
{
    /// <summary>The largest angle either way.</summary>
    public double Degrees { get; init; } = 15;

    /// <summary>Largest moves, in parts of width and height.</summary>
    public (double X, double Y) Translate { get; init; }

    /// <summary>Smallest and largest scale.</summary>
    public (double Low, double High) Scale { get; init; } = (1, 1);

    /// <summary>The largest shear either way along x, in degrees.</summary>
    public double Shear { get; init; }

    /// <summary>The chance that anything happens.</summary>
    public double P { get; init; } = 1;

    /// <summary>nearest, bilinear or bicubic.</summary>
    public string Interpolation { get; init; } = "nearest";

    /// <summary>The level outside.</summary>
    public int Fill { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Degrees is >= 0 and <= 360, "degrees", Degrees, "0 … 360");
        Require(Translate is { X: >= 0 and <= 1, Y: >= 0 and <= 1 }, "translate", Translate, "two parts, 0 … 1");
        Require(Scale.Low > 0 && Scale.Low <= Scale.High, "scale", Scale, "two rising numbers above 0");
        Require(Shear is >= 0 and < 90, "shear", Shear, "0 up to but not including 90 degrees");
        Require(Fill is >= 0 and <= 255, "fill", Fill, "0 … 255");
        _ = SizedTransform.Sampling(Interpolation);
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (!draws.Chance(P))
            return;
        double angle = draws.Uniform(-Degrees, Degrees), dx = Translate.X * picture.Width, dy = Translate.Y * picture.Height;
        double x = Math.Round(draws.Uniform(-dx, dx)), y = Math.Round(draws.Uniform(-dy, dy)), scale = draws.Uniform(Scale.Low, Scale.High);
        Warp.Affine(picture, angle, (x, y), scale, (draws.Uniform(-Shear, Shear), 0), SizedTransform.Sampling(Interpolation), [(byte)Fill]);
    }
}
