using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary><see cref="MetricSums"/> of a batch whose numbers may still be on their way from the device.</summary>
public sealed class PendingMetricSums
{
    private readonly PendingValues? _active, _positive, _negative, _spread, _length;
    private readonly bool _cosine;
    private readonly double _margin;

    /// <summary>Queues the measurement of a batch and returns; nothing is recorded for backward.</summary>
    /// <param name="features">[B, D]</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="loss">A loss that takes embeddings.</param>
    public PendingMetricSums(Tensor features, Tensor target, MetricLoss loss)
    {
        _cosine = loss.Compares == EmbeddingDistance.Cosine;
        _margin = loss.ActiveMargin ?? 0;
        if (features.Shape[0] == 0)
            return;
        var engine = features.Engine;
        using var _ = engine.NoGrad();
        using var step = engine.BeginStep();
        var x = features.Detach();
        var centred = x - x.Mean([0], keepDim: true);
        _spread = (centred * centred).Sum().BeginRead();
        _length = (x * x).Sum().BeginRead();
        if (_cosine)
            x = PairMining.Normalize(x);
        var pairs = PairMining.HardestByDistance(x, target, selfIsPositive: !_cosine);
        _active = pairs.Active.BeginRead();
        _positive = PairMining.Distance(x, x.GatherRows(pairs.Positive)).BeginRead();
        _negative = PairMining.Distance(x, x.GatherRows(pairs.Negative)).BeginRead();
    }

    /// <summary>The sums; waits for them.</summary>
    public MetricSums Take()
    {
        if (_active is null)
            return default;
        double[] active = _active.ToArray<double>(), positive = _positive!.ToArray<double>(), negative = _negative!.ToArray<double>();
        int[] used = [.. Enumerable.Range(0, active.Length).Where(i => active[i] > 0)];

        // Of rows of length 1 the difference of similarities is half that of the squared distances.
        double Gap(int i) => _cosine ? (positive[i] * positive[i] - negative[i] * negative[i]) / 2 : positive[i] - negative[i];
        return new(active.Length, used.Count(i => Gap(i) + _margin > 0), used.Length, used.Sum(i => positive[i]), used.Sum(i => negative[i]),
            _spread!.ToArray<double>()[0], _length!.ToArray<double>()[0]);
    }
}
