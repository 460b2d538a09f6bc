using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Measures the embeddings of a metric-learning run, of every batch, and says when they collapse.</summary>
/// <param name="loss">The run's loss, of which the first term that takes embeddings says what an active anchor is.</param>
/// <param name="batch">Images of a whole batch: fewer are no ground for a warning, one alone has no spread at all.</param>
internal sealed class EmbeddingWatch(CombinedLoss loss, int batch)
{
    public const string Sums = "embeddings";

    private readonly MetricLoss _metric = loss.Terms.Select(t => t.Loss).OfType<MetricLoss>().First();
    private MetricSums _unlooked;
    private bool _collapsed;

    /// <summary>Queues the measurement of a batch.</summary>
    public (string, Func<double[]>) Follow(Tensor embeddings, Tensor labels)
    {
        var pending = new PendingMetricSums(embeddings, labels, _metric);
        return (Sums, () => pending.Take().ToArray());
    }

    /// <summary>What sums say; null of nothing.</summary>
    public EmbeddingFacts? Of(TrainingSums sums) => sums.TryGetValue(Sums, out var own) ? Of(MetricSums.Of(own)) : null;

    /// <summary>Counts an update that was measured; a collapse that begins is returned as a warning.</summary>
    /// <param name="update">Its sums.</param>
    /// <param name="epoch">Those of the epoch, this update included.</param>
    /// <param name="look">Looks for a collapse in what was counted since the last time.</param>
    public string? Count(TrainingSums update, TrainingSums epoch, bool look)
    {
        _unlooked += MetricSums.Of(update[Sums]);
        if (!look || Of(_unlooked.Anchors >= batch ? _unlooked : MetricSums.Of(epoch[Sums]))?.Health is not { } health)
            return null;
        _unlooked = default;
        bool begins = health.Collapsed && !_collapsed;
        _collapsed = health.Collapsed;
        if (!begins)
            return null;
        string margin = health.Margin > 0 ? $", so {_metric.Name} stays near its margin {health.Margin}" : "";
        return "warning: the embeddings collapse: "
            + FormattableString.Invariant($"spread {health.Spread:0.0000}, d(ap) {health.PositiveDistance:0.0000}, d(an) {health.NegativeDistance:0.0000}")
            + $"{margin}; try a lower lr, soft_margin=true, or a classification term (ce+{_metric.Name})";
    }

    private EmbeddingFacts? Of(MetricSums sums) => sums.Anchors == 0 ? null : new(MetricHealth.Of(sums, _metric));
}
