using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>How a metric-learning run is doing, measured on one batch of embeddings.</summary>
/// <param name="ActiveShare">Share of the anchors whose hardest triplet violates the margin.</param>
/// <param name="PositiveDistance">Mean distance to the farthest positive.</param>
/// <param name="NegativeDistance">Mean distance to the nearest negative.</param>
/// <param name="Spread">Root mean square distance of the embeddings from their centre, relative to their root mean square length.</param>
public sealed record MetricHealth(double ActiveShare, double PositiveDistance, double NegativeDistance, double Spread)
{
    /// <summary>Below this spread all embeddings are practically one point.</summary>
    private const double CollapsedSpread = 1e-2;

    /// <summary>True when the embeddings have shrunk to a point: the loss then stays at the margin.</summary>
    public bool Collapsed => Spread < CollapsedSpread;

    /// <summary>Measures a batch; waits for the device.</summary>
    /// <param name="features">[B, D]</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="margin">Margin of the triplets.</param>
    public static MetricHealth Measure(Tensor features, Tensor target, double margin)
    {
        int rows = features.Shape[0];
        if (rows == 0)
            return new(0, 0, 0, 0);
        var engine = features.Engine;
        using var _ = engine.NoGrad();
        using var step = engine.BeginStep();
        var pairs = MetricLosses.HardestByDistance(features, target);
        var active = pairs.Active.ToArray<double>();
        var positive = MetricLosses.Distance(features, features.GatherRows(pairs.Positive)).ToArray<double>();
        var negative = MetricLosses.Distance(features, features.GatherRows(pairs.Negative)).ToArray<double>();
        var centred = features - features.Mean([0], keepDim: true);
        double spread = (centred * centred).Sum().Item(), length = (features * features).Sum().Item();
        int[] used = [.. Enumerable.Range(0, rows).Where(i => active[i] > 0)];
        return new(
            used.Count(i => positive[i] - negative[i] + margin > 0) / (double)rows,
            used.Length == 0 ? 0 : used.Average(i => positive[i]), used.Length == 0 ? 0 : used.Average(i => negative[i]),
            length > 0 ? Math.Sqrt(spread / length) : 0);
    }

    /// <summary>One line for the console.</summary>
    public override string ToString() => $"active {ActiveShare:P0}  d(ap) {PositiveDistance:0.000}  d(an) {NegativeDistance:0.000}  spread {Spread:0.000}{(Collapsed ? "  COLLAPSED" : "")}";
}
