using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Multi-similarity (Wang et al. 2019) with cosine similarity s: negatives with s &gt; min(pos) - eps and positives with s &lt; max(neg) + eps are kept;
/// (1/alpha)·ln(1 + Σ e^(-alpha(s-base))) + (1/beta)·ln(1 + Σ e^(beta(s-base))) summed over the anchors that keep both kinds, divided by B.
/// </summary>
/// <param name="Alpha">Steepness of the positives.</param>
/// <param name="Beta">Steepness of the negatives.</param>
/// <param name="Base">Similarity it turns on.</param>
/// <param name="Eps">Slack of the mining.</param>
public sealed record MultiSimilarityLoss(double Alpha = 2, double Beta = 50, double Base = 0.5, double Eps = 0.1) : MetricLoss
{
    /// <inheritdoc/>
    public override EmbeddingDistance Compares => EmbeddingDistance.Cosine;

    /// <inheritdoc/>
    public override double? ActiveMargin => Eps;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Alpha > 0, "alpha", Alpha, "a positive number");
        Require(Beta > 0, "beta", Beta, "a positive number");
        Require(Eps >= 0, "eps", Eps, "a number of at least 0");
    }

    /// <inheritdoc/>
    protected override Tensor Anchors(Tensor x, Tensor target)
    {
        var unit = PairMining.Normalize(x);
        var similarity = unit.Linear(unit);
        var (positives, negatives, active) = PairMining.Informative(x, target, similarity, Eps);
        var pull = Logarithm(similarity, positives, -Alpha) * (1 / Alpha);
        var push = Logarithm(similarity, negatives, Beta) * (1 / Beta);
        return (pull + push) * active;
    }

    /// <summary>ln(1 + Σ e^(factor·(s - base))) over the marked pairs of each row.</summary>
    private Tensor Logarithm(Tensor similarity, Tensor marked, double factor) =>
        (similarity.Affine(factor, -factor * Base).Exp() * marked).Sum([1]).Affine(1, 1).Log();
}
