using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Mean of max(0, max s(a, neg) - min s(a, pos) + margin) with cosine similarity s; the anchor is not its own positive.</summary>
/// <param name="Margin">How much more alike the least alike positive is wanted than the most alike negative.</param>
public sealed record TripletCosineLoss(double Margin = 0.25) : MetricLoss
{
    /// <inheritdoc/>
    public override EmbeddingDistance Compares => EmbeddingDistance.Cosine;

    /// <inheritdoc/>
    public override double? ActiveMargin => Margin;

    /// <inheritdoc/>
    public override void Validate() => Require(Margin >= 0, "margin", Margin, "a number of at least 0");

    /// <inheritdoc/>
    protected override Tensor Anchors(Tensor x, Tensor target)
    {
        var unit = PairMining.Normalize(x);
        var pairs = PairMining.Hardest(x, target, () => unit.Linear(unit).Neg(), selfIsPositive: false);
        var gap = (unit * unit.GatherRows(pairs.Negative)).Sum([1]) - (unit * unit.GatherRows(pairs.Positive)).Sum([1]);
        return (gap + Margin).Relu() * pairs.Active;
    }
}
