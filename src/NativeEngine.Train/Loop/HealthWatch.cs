using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Measures the embeddings of a metric-learning run now and then and says when they collapse.</summary>
/// <param name="loss">The run's loss, of which the first term that takes embeddings says what an active anchor is.</param>
/// <param name="warn">Told once when a collapse begins.</param>
internal sealed class HealthWatch(CombinedLoss loss, Action<string> warn)
{
    private readonly LossFunction _metric = loss.Terms.First(t => t.Loss.TakesFeatures).Loss;
    private bool _collapsed;

    /// <summary>The last measurement.</summary>
    public MetricHealth? Last { get; private set; }

    /// <summary>Measures a batch; waits for the device.</summary>
    public MetricHealth Measure(Tensor embeddings, Tensor labels)
    {
        var health = MetricHealth.Measure(embeddings, labels, _metric);
        Last = health;
        if (health.Collapsed && !_collapsed)
        {
            string margin = health.Margin > 0 ? $", so {_metric.Name} stays near its margin {health.Margin}" : "";
            warn(FormattableString.Invariant($"warning: the embeddings collapse: spread {health.Spread:0.0000}, d(ap) {health.PositiveDistance:0.0000}, d(an) {health.NegativeDistance:0.0000}{margin}; try a lower lr, soft_margin=true, or a classification term (ce+{_metric.Name})"));
        }

        _collapsed = health.Collapsed;
        return health;
    }
}
