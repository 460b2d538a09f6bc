namespace NativeEngine.Data;

/// <summary>
/// RandAugment (Cubuk et al. 2020) as timm has it, <c>--aa rand-m9-n2-mstd0.5-inc1</c>: 15 operations with equal chance, each done with a probability,
/// magnitudes of
/// 0 … 10 that may vary; outside lies the mean colour, sampled bilinear or bicubic by a coin.
/// </summary>
public sealed record RandAugmentTransform : Transform
{
    private const double Full = 10, AnyMagnitude = 100;

    private static readonly PolicyOp[] Ops = [.. PolicyOp.All.Where(o => o.Name != "Identity")];

    private static readonly Interpolation[] Kernels = [Interpolation.Find("bilinear"), Interpolation.Find("bicubic")];

    /// <summary>The magnitude.</summary>
    public double M { get; init; } = 9;

    /// <summary>Operations of an image.</summary>
    public int N { get; init; } = 2;

    /// <summary>The chance of each operation.</summary>
    public double P { get; init; } = 0.5;

    /// <summary>Standard deviation of the magnitude; above 100 it is uniform, 0 … m.</summary>
    public double Mstd { get; init; }

    /// <summary>The largest magnitude.</summary>
    public double Mmax { get; init; } = Full;

    /// <summary>All operations grow stronger with the magnitude.</summary>
    public bool Inc { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireChance(P);
        Require(N is >= 1 and <= 16, "n", N, "1 … 16");
        Require(Mmax is > 0 and <= 100, "mmax", Mmax, "above 0 up to 100");
        Require(M >= 0 && M <= Mmax, "m", M, $"0 … {Mmax}");
        Require(Mstd >= 0, "mstd", Mstd, "a number that is not negative");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        for (int i = 0; i < N; i++)
        {
            var op = Ops[draws.Below(Ops.Length)];
            if (!draws.Chance(P))
                continue;
            double m = Mstd > AnyMagnitude ? draws.Uniform(0, M) : M + (Mstd > 0 ? Mstd * draws.Normal() : 0);
            double magnitude = Of(op.Name, Math.Clamp(m, 0, Mmax) / Full, draws, (picture.Height, picture.Width));
            op.Apply(picture, magnitude, new Outside(context.MeanColour, Kernels[draws.Below(2)]));
        }
    }

    private double Of(string op, double share, Draws draws, (int Height, int Width) size) => op switch
    {
        "ShearX" or "ShearY" => draws.Sign(0.3 * share),
        "TranslateX" => draws.Sign(0.45 * share * size.Width),
        "TranslateY" => draws.Sign(0.45 * share * size.Height),
        "Rotate" => draws.Sign(30 * share),
        "Brightness" or "Color" or "Contrast" or "Sharpness" => Inc ? Math.Max(0.1, 1 + draws.Sign(0.9 * share)) - 1 : (1.8 * share) - 0.9,
        "Posterize" => Math.Clamp(Inc ? 4 - (int)(4 * share) : (int)(4 * share), 0, 8),
        "Solarize" => Inc ? 256 - Math.Min(256, (int)(256 * share)) : Math.Min(256, (int)(256 * share)),
        "SolarizeAdd" => Math.Min(128, (int)(110 * share)),
        _ => 0,
    };
}
