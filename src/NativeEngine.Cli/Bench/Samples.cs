using System.Diagnostics;

namespace NativeEngine.Cli.Bench;

/// <summary>Repeated timings of one thing.</summary>
internal sealed class Samples
{
    private readonly List<double> _seconds = [];

    /// <summary>Runs <paramref name="action"/> until both limits are reached.</summary>
    /// <param name="action">What is timed.</param>
    /// <param name="warmup">First runs that do not count.</param>
    /// <param name="warmupSeconds">First seconds that do not count: short runs need many until the runtime has compiled them with all optimizations.</param>
    /// <param name="leastRuns">Least number of timed runs.</param>
    /// <param name="leastSeconds">Least time of all timed runs.</param>
    /// <param name="mostRuns">Most timed runs.</param>
    public static Samples Take(Action action, int warmup, double warmupSeconds, int leastRuns, double leastSeconds, int mostRuns = 10_000)
    {
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < warmup || clock.Elapsed.TotalSeconds < warmupSeconds; i++) action();
        var samples = new Samples();
        clock.Restart();
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
