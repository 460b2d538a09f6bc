using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>
/// AugMix (Hendrycks et al. 2020): the image blended with a weighted mean of chains of operations, (1 - m)·x + m·Σ w·chain, where m comes from Beta(α, α) and w
/// from Dirichlet(α). The mean and the blend are both truncated to bytes, as timm's are.
/// </summary>
public sealed record AugMixTransform : Transform
{
    private static readonly string[] Ops =
        ["AutoContrast", "Equalize", "Posterize", "Rotate", "Solarize", "ShearX", "ShearY", "TranslateX", "TranslateY"];

    /// <summary>Highest level of an operation, 1 … 10.</summary>
    public int Severity { get; init; } = 3;

    /// <summary>Chains.</summary>
    public int Width { get; init; } = 3;

    /// <summary>Operations of a chain; -1 draws 1 to 3.</summary>
    public int Depth { get; init; } = -1;

    /// <summary>Of the distributions.</summary>
    public double Alpha { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Severity is >= 1 and <= 10, "severity", Severity, "1 … 10");
        Require(Width is >= 1 and <= 16, "width", Width, "1 … 16");
        Require(Depth is -1 or (>= 1 and <= 16), "depth", Depth, "-1, or 1 … 16");
        Require(Alpha > 0, "alpha", Alpha, "a number above 0");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        double[] weights = [.. Enumerable.Range(0, Width).Select(_ => draws.Gamma(Alpha))];
        double sum = weights.Sum(), m = draws.Beta(Alpha, Alpha);
        Mix(picture, Array.ConvertAll(weights, w => w / sum), m, (_, copy) =>
        {
            for (int i = Depth > 0 ? Depth : 1 + draws.Below(3); i > 0; i--)
            {
                var op = PolicyOp.Find(Ops[draws.Below(Ops.Length)]);
                double magnitude = MagnitudeSpace.AugMix.Of(op.Name, draws.Below(Severity), (copy.Height, copy.Width));
                op.Apply(copy, op.IsSigned ? draws.Sign(magnitude) : magnitude, Outside.Black);
            }
        });
    }

    /// <summary>Blends an image with the weighted mean of what became of copies of it.</summary>
    internal static void Mix(Picture picture, IReadOnlyList<double> weights, double m, Action<int, Picture> chain)
    {
        var mean = new float[picture.Pixels.Length];
        var copy = new Picture();
        for (int k = 0; k < weights.Count; k++)
        {
            copy.Load(picture.Pixels, picture.Height, picture.Width, picture.Channels);
            chain(k, copy);
            float weight = (float)weights[k];
            for (int i = 0; i < mean.Length; i++)
                mean[i] += weight * copy.Pixels[i];
        }

        var pixels = picture.Pixels;
        float share = (float)m;
        for (int i = 0; i < mean.Length; i++)
        {
            int mixed = (int)Math.Clamp(mean[i], 0f, 255f);
            pixels[i] = (byte)Math.Clamp(pixels[i] + (share * (mixed - pixels[i])), 0f, 255f);
        }
    }
}
