using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>Blurs with a random radius: Pillow's box blurs, or with a number of taps torchvision's kernel.</summary>
public sealed record GaussianBlurTransform : Transform
{
    /// <summary>Smallest and largest standard deviation in pixels.</summary>
    public (double Low, double High) Sigma { get; init; } = (0.1, 2);

    /// <summary>Taps of the kernel, odd; 0 takes Pillow's three box blurs.</summary>
    public int Kernel { get; init; }

    /// <summary>The chance that it happens.</summary>
    public double P { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(Sigma.Low >= 0 && Sigma.Low <= Sigma.High && Sigma.High <= 100, "sigma", Sigma, "two rising numbers, 0 … 100");
        Require(Kernel == 0 || (Kernel % 2 == 1 && Kernel is > 0 and <= 99), "kernel", Kernel, "0, or an odd number up to 99");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        if (draws.Chance(P))
            Run(picture, draws.Uniform(Sigma.Low, Sigma.High));
    }

    private void Run(Picture picture, double sigma)
    {
        if (Kernel == 0)
            Blur.Boxes(picture, sigma);
        else if (sigma > 0)
            Blur.Kernel(picture, (Kernel, Kernel), (sigma, sigma));
    }
}
