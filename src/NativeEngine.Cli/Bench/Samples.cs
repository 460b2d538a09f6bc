using System.Diagnostics;

namespace NativeEngine.Cli.Bench;

/// <summary>Repeated timings of one thing.</summary>
internal sealed class Samples
{
    private readonly List<double> _seconds = [];

    /// <summary>Runs <paramref name="action"/> until both limits are reached, after <paramref name="warmup"/> runs that do not count.</summary>
    public static Samples Take(Action action, int warmup, int leastRuns, double leastSeconds, int mostRuns = 10_000)
    {
        for (int i = 0; i < warmup; i++) action();
        var samples = new Samples();
        var clock = Stopwatch.StartNew();
        while (samples._seconds.Count < mostRuns && (samples._seconds.Count < leastRuns || clock.Elapsed.TotalSeconds < leastSeconds))
        {
            long start = Stopwatch.GetTimestamp();
            action();
            samples._seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        samples._seconds.Sort();
        return samples;
    }

    /// <summary>Number of timings.</summary>
    public int Count => _seconds.Count;

    public double MedianMs => 1e3 * (_seconds[(Count - 1) / 2] + _seconds[Count / 2]) / 2;

    public double MinMs => 1e3 * _seconds[0];

    public double MaxMs => 1e3 * _seconds[^1];
}
