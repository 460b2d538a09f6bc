using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Measures the embeddings of a metric-learning run, of every batch, and says when they collapse.</summary>
/// <param name="loss">The run's loss, of which the first term that takes embeddings says what an active anchor is.</param>
/// <param name="batch">Images of a whole batch: fewer are no ground for a warning, one alone has no spread at all.</param>
/// <param name="warn">Told once when a collapse begins.</param>
internal sealed class HealthWatch(CombinedLoss loss, int batch, Action<string> warn)
{
    private readonly MetricLoss _metric = loss.Terms.Select(t => t.Loss).OfType<MetricLoss>().First();
    private MetricSums _unlooked;
    private bool _collapsed;

    /// <summary>Queues the measurement of a batch.</summary>
    public PendingMetricSums Queue(Tensor embeddings, Tensor labels) => new(embeddings, labels, _metric);

    /// <summary>What sums say; null of nothing.</summary>
    public MetricHealth? Of(MetricSums sums) => sums.Anchors == 0 ? null : MetricHealth.Of(sums, _metric);

    /// <summary>Counts an update that was measured.</summary>
    /// <param name="update">Its sums.</param>
    /// <param name="epoch">Those of the epoch, this update included.</param>
    /// <param name="look">Looks for a collapse in what was counted since the last time.</param>
    public void Count(MetricSums update, MetricSums epoch, bool look)
    {
        _unlooked += update;
        if (!look || Of(_unlooked.Anchors >= batch ? _unlooked : epoch) is not { } health)
            return;
        _unlooked = default;
        if (health.Collapsed && !_collapsed)
        {
            string margin = health.Margin > 0 ? $", so {_metric.Name} stays near its margin {health.Margin}" : "";
            warn("warning: the embeddings collapse: "
                + FormattableString.Invariant($"spread {health.Spread:0.0000}, d(ap) {health.PositiveDistance:0.0000}, d(an) {health.NegativeDistance:0.0000}")
                + $"{margin}; try a lower lr, soft_margin=true, or a classification term (ce+{_metric.Name})");
        }

        _collapsed = health.Collapsed;
    }
}
