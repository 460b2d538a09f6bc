using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>How a metric-learning run is doing, measured on the embeddings of one batch or of many; distances of cosine losses are between rows of length
/// 1.</summary>
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
    public bool Collapsed => Spread < CollapsedSpread
        || (ActiveShare >= NearlyAll && Margin > 0 && Math.Abs(PositiveDistance - NegativeDistance) < EqualDistances * Margin);

    /// <summary>Measures a batch; waits for the device.</summary>
    /// <param name="features">[B, D]</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="loss">A loss that takes embeddings.</param>
    public static MetricHealth Measure(Tensor features, Tensor target, MetricLoss loss)
    {
        using var step = features.Engine.BeginStep();
        return Of(new PendingMetricSums(features, target, loss).Take(), loss);
    }

    /// <summary>What sums over one batch or many say.</summary>
    public static MetricHealth Of(MetricSums sums, MetricLoss loss) => new(
        sums.Anchors == 0 ? 0 : sums.Active / (double)sums.Anchors,
        sums.Used == 0 ? 0 : sums.Positive / sums.Used,
        sums.Used == 0 ? 0 : sums.Negative / sums.Used,
        sums.Length > 0 ? Math.Sqrt(sums.Spread / sums.Length) : 0,
        loss.ActiveMargin ?? 0); // without one every anchor is pulled at, those on the wrong side of 0 by more than half

    /// <summary>One line for the console.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"active {100 * ActiveShare:0} %  d(ap) {PositiveDistance:0.000}  d(an) {NegativeDistance:0.000}  spread {Spread:0.000}");
}
