using System.Globalization;

namespace NativeEngine.Train;

/// <summary>A figure that was measured.</summary>
/// <param name="Metric">What it is.</param>
/// <param name="Value">In the metric's unit.</param>
public readonly record struct MetricValue(Metric Metric, double Value)
{
    /// <summary>As lines for people have it: <c>top1 99.31</c>.</summary>
    public override string ToString() => $"{Metric.Title} {Value.ToString(Metric.Format, CultureInfo.InvariantCulture)}";
}
