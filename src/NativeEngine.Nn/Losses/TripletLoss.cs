using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Batch-hard triplets (Hermans et al. 2017): mean of max(0, max d(a, pos) - min d(a, neg) + margin), d = √max(‖a-b‖², 1e-12); the anchor is one of
/// its own positives.
/// </summary>
/// <param name="Margin">How much nearer the farthest positive is wanted than the nearest negative.</param>
/// <param name="SoftMargin">ln(1 + e^(d(ap) - d(an))) in place of the margin.</param>
/// <remarks>The distances that are searched come from one matrix product; those of the chosen pairs are computed anew from the rows, so they are
/// exact.</remarks>
public sealed record TripletLoss(double Margin = 0.3, bool SoftMargin = false) : MetricLoss
{
    /// <inheritdoc/>
    public override EmbeddingDistance Compares => EmbeddingDistance.Euclidean;

    /// <inheritdoc/>
    public override double? ActiveMargin => SoftMargin ? null : Margin;

    /// <inheritdoc/>
    public override void Validate() => Require(Margin >= 0, "margin", Margin, "a number of at least 0");

    /// <inheritdoc/>
    protected override Tensor Anchors(Tensor x, Tensor target)
    {
        var pairs = PairMining.HardestByDistance(x, target);
        var gap = PairMining.Distance(x, x.GatherRows(pairs.Positive)) - PairMining.Distance(x, x.GatherRows(pairs.Negative));
        // Softplus is the binary cross-entropy of logits with target 0.
        var each = SoftMargin ? gap.BceWithLogits(x.Engine.Zeros(gap.Shape), reduction: Reduction.None) : (gap + Margin).Relu();
        return each * pairs.Active;
    }
}
