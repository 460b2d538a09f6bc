using System.Globalization;

namespace NativeEngine.Train;

/// <summary>One axis of a chart: where a value lies on it and which round values are written at it.</summary>
internal sealed class ChartAxis
{
    private readonly double _low, _high;
    private readonly bool _log;

    private ChartAxis(double low, double high, bool log, IReadOnlyList<double> ticks) => (_low, _high, _log, Ticks) = (low, high, log, ticks);

    /// <summary>Round values inside the axis.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis over all finite values.</summary>
    public static ChartAxis Of(IEnumerable<double> values, bool log)
    {
        var finite = values.Where(v => double.IsFinite(v) && (!log || v > 0)).ToList();
        double low = finite.Count > 0 ? finite.Min() : log ? 1 : 0, high = finite.Count > 0 ? finite.Max() : 1;
        if (log)
        {
            (low, high) = (Math.Log10(low), Math.Log10(high));
            if (high - low < 1e-9)
                (low, high) = (low - 0.5, high + 0.5);
            return new ChartAxis(low, high, true, [.. Enumerable.Range((int)Math.Ceiling(low - 1e-9),
                Math.Max(0, (int)Math.Floor(high + 1e-9) - (int)Math.Ceiling(low - 1e-9) + 1)).Select(e => Math.Pow(10, e))]);
        }

        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)))
            (low, high) = high == 0 ? (0, 1) : (low - Math.Abs(low) / 2, high + Math.Abs(high) / 2);
        double step = RoundStep((high - low) / 5);
        long first = (long)Math.Floor(low / step + 1e-9), last = (long)Math.Ceiling(high / step - 1e-9);
        return new ChartAxis(first * step, last * step, false, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)]);
    }

    /// <summary>0 at the lower end, 1 at the upper.</summary>
    public double Place(double value) => Math.Clamp(((_log ? Math.Log10(value) : value) - _low) / (_high - _low), 0, 1);

    /// <summary>A tick as text.</summary>
    public string Label(double tick)
    {
        double largest = Math.Max(Math.Abs(_low), Math.Abs(_high));
        bool plain = !_log && largest is >= 0.01 and < 100_000;
        return tick == 0 ? "0" : tick.ToString(plain ? "0.####" : _log ? "0e+0" : "0.##e+0", CultureInfo.InvariantCulture);
    }

    // 1, 2 or 5 times a power of ten.
    private static double RoundStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step))), digit = step / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }
}
