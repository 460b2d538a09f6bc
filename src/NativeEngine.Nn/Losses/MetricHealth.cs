using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>How a metric-learning run is doing, measured on one batch of embeddings; distances of cosine losses are between rows of length 1.</summary>
/// <param name="ActiveShare">Share of the anchors that the loss still pulls at: whose hardest triplet violates the margin, or whose pairs are mined.</param>
/// <param name="PositiveDistance">Mean distance to the farthest positive, over anchors with both kinds of pairs.</param>
/// <param name="NegativeDistance">Mean distance to the nearest negative, over the same anchors.</param>
/// <param name="Spread">Root mean square distance of the embeddings from their centre, relative to their root mean square length.</param>
/// <param name="Margin">The loss's margin (multi_similarity: its eps).</param>
public sealed record MetricHealth(double ActiveShare, double PositiveDistance, double NegativeDistance, double Spread, double Margin)
{
    /// <summary>Below this spread all embeddings are practically one point.</summary>
    private const double CollapsedSpread = 1e-2;

    /// <summary>When positives and negatives are as far as each other, to this part of the margin, the loss stays at its margin.</summary>
    private const double EqualDistances = 0.02;

    /// <summary>Anchors must be active, to this share, for the loss to be near its margin.</summary>
    private const double NearlyAll = 0.99;

    /// <summary>True when the embeddings have shrunk to a point, or no anchor tells positives from negatives: the loss then stays at the margin.</summary>
    public bool Collapsed => Spread < CollapsedSpread || (ActiveShare >= NearlyAll && Margin > 0 && Math.Abs(PositiveDistance - NegativeDistance) < EqualDistances * Margin);

    /// <summary>Measures a batch; waits for the device.</summary>
    /// <param name="features">[B, D]</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="loss">A loss that takes embeddings.</param>
    public static MetricHealth Measure(Tensor features, Tensor target, LossFunction loss)
    {
        bool cosine = loss.Compares == EmbeddingDistance.Cosine;
        double margin = loss.Options.Margin ?? loss.Options.Eps ?? 0;
        bool soft = loss.Options.SoftMargin == true; // has no margin: every anchor is pulled at, those on the wrong side of 0 by more than half
        if (features.Shape[0] == 0)
            return new(0, 0, 0, 0, margin);
        var engine = features.Engine;
        using var _ = engine.NoGrad();
        using var step = engine.BeginStep();
        var x = features.Detach();
        var centred = x - x.Mean([0], keepDim: true);
        double spread = (centred * centred).Sum().Item(), length = (x * x).Sum().Item();
        if (cosine)
            x = MetricLosses.Normalize(x);
        var pairs = MetricLosses.HardestByDistance(x, target, selfIsPositive: !cosine);
        var active = pairs.Active.ToArray<double>();
        var positive = MetricLosses.Distance(x, x.GatherRows(pairs.Positive)).ToArray<double>();
        var negative = MetricLosses.Distance(x, x.GatherRows(pairs.Negative)).ToArray<double>();
        int[] used = [.. Enumerable.Range(0, active.Length).Where(i => active[i] > 0)];

        // Of rows of length 1 the difference of similarities is half that of the squared distances.
        double Gap(int i) => cosine ? (positive[i] * positive[i] - negative[i] * negative[i]) / 2 : positive[i] - negative[i];
        return new(
            used.Count(i => Gap(i) + (soft ? 0 : margin) > 0) / (double)active.Length,
            used.Length == 0 ? 0 : used.Average(i => positive[i]),
            used.Length == 0 ? 0 : used.Average(i => negative[i]),
            length > 0 ? Math.Sqrt(spread / length) : 0,
            soft ? 0 : margin);
    }

    /// <summary>One line for the console.</summary>
    public override string ToString() => FormattableString.Invariant($"active {100 * ActiveShare:0} %  d(ap) {PositiveDistance:0.000}  d(an) {NegativeDistance:0.000}  spread {Spread:0.000}");
}
