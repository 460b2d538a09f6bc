using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>What an evaluation measured.</summary>
/// <param name="Images">Images evaluated.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record EvalResult(int Images, double Seconds)
{
    /// <summary>The figures by the names of their metrics, see <see cref="Metric.Name"/>; what nobody asked for is not there.</summary>
    public IReadOnlyDictionary<string, double> Values { get; init; } = new Dictionary<string, double>();

    /// <summary>One of the figures.</summary>
    /// <exception cref="UsageException">It was not measured.</exception>
    public double this[string metric] => Values.TryGetValue(metric, out double value) ? value
        : throw new UsageException($"{metric} was not measured; measured are {string.Join(", ", Values.Keys)}");

    /// <summary>True when both measured the same.</summary>
    public bool Equals(EvalResult? other) => other is not null && (Images, Seconds, Values.Count) == (other.Images, other.Seconds, other.Values.Count)
        && Values.All(v => other.Values.TryGetValue(v.Key, out double value) && value.Equals(v.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Images, Seconds);

    /// <summary>The figures in the order of a task's metrics.</summary>
    public IReadOnlyList<MetricValue> Of(IEnumerable<Metric> metrics) =>
        [.. metrics.Where(m => Values.ContainsKey(m.Name)).Select(m => new MetricValue(m, Values[m.Name]))];
}
