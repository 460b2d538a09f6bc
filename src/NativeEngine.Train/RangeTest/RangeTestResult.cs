using System.Globalization;

namespace NativeEngine.Train;

/// <summary>
/// Learning rates and the losses they gave (Smith, "Cyclical learning rates for training neural networks", WACV 2017). The smoothed loss is a moving
/// average with decay 0.98, divided by 1 - 0.98^t.
/// </summary>
/// <param name="Rates">The rates in rising order.</param>
/// <param name="Losses">Loss before the update with each.</param>
/// <param name="Smoothed">Moving average of the losses.</param>
/// <param name="Diverged">True when the test ended early because the loss grew.</param>
/// <param name="Folder">Where the files lie.</param>
public sealed record RangeTestResult(IReadOnlyList<double> Rates, IReadOnlyList<double> Losses, IReadOnlyList<double> Smoothed, bool Diverged, string Folder)
{
    /// <summary>The rule of <see cref="Suggestion"/> in words.</summary>
    public const string Rule = "the rate at which the smoothed loss falls fastest per decade, and at most a tenth of the rate where it is lowest";

    /// <summary>Points on each side that a slope is fitted to.</summary>
    private const int SlopeReach = 4;

    /// <summary>Decay of the moving average.</summary>
    internal const double Decay = 0.98;

    /// <summary>The rate where the smoothed loss is lowest, null when it never fell.</summary>
    public double? Lowest => Fell is { } at ? Rates[at] : null;

    /// <summary>The rate at which the smoothed loss falls fastest per decade, null when it never fell.</summary>
    public double? Steepest
    {
        get
        {
            if (Fell is not { } lowest)
                return null;
            int best = -1;
            double slope = 0;
            for (int i = Settled; i <= lowest; i++)
            {
                if (Slope(i) < slope)
                    (best, slope) = (i, Slope(i));
            }

            return best < 0 ? null : Rates[best];
        }
    }

    /// <summary>A rate to start from, see <see cref="Rule"/>; for schedules that fall from the highest rate, that highest. Null when the loss never
    /// fell.</summary>
    public double? Suggestion => Steepest is { } steepest && Lowest is { } lowest ? Math.Min(steepest, lowest / 10) : null;

    /// <summary>The path of the table.</summary>
    public string CsvFile => Path.Combine(Folder, "lr.csv");

    /// <summary>The path of the plot.</summary>
    public string SvgFile => Path.Combine(Folder, "lr.svg");

    /// <summary>The first losses say more about their batches than about the rate.</summary>
    private int Settled => Math.Min(Rates.Count, Math.Max(5, Rates.Count / 20));

    private int? Fell
    {
        get
        {
            if (Rates.Count <= Settled)
                return null;
            int at = Enumerable.Range(Settled, Rates.Count - Settled).MinBy(i => Smoothed[i]);
            const double clearly = 0.01;
            return Smoothed[at] < Smoothed[Settled] * (1 - clearly) ? at : null;
        }
    }

    /// <summary>The table <c>step,lr,loss,smoothed</c>.</summary>
    public string ToCsv() => "step,lr,loss,smoothed\n"
        + string.Concat(Rates.Select((rate, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1},{rate:G9},{Losses[i]:G9},{Smoothed[i]:G9}\n")));

    /// <summary>The plot: losses over the rate on a logarithmic axis, the suggestion marked; losses far above the first are drawn at its upper end.</summary>
    public LineChart ToChart()
    {
        double limit = Smoothed.Count > 0 ? 1.5 * Math.Abs(Smoothed[0]) : 0;
        return new("learning rate range test", "learning rate", "loss")
        {
            LogX = true,
            Series = [new("loss", Rates, [.. Losses.Select(l => Math.Min(l, limit))], Faint: true),
                new("smoothed", Rates, [.. Smoothed.Select(l => Math.Min(l, limit))])],
            Marks = Suggestion is { } lr ? [(lr, string.Create(CultureInfo.InvariantCulture, $"{lr:0.0e+00}"))] : [],
        };
    }

    /// <summary>Least-squares slope of the smoothed loss over the logarithm of the rate around a point.</summary>
    private double Slope(int at)
    {
        int first = Math.Max(0, at - SlopeReach), last = Math.Min(Rates.Count - 1, at + SlopeReach), count = last - first + 1;
        double middle = (first + last) / 2.0, mean = 0, xy = 0, xx = 0;
        for (int i = first; i <= last; i++)
            mean += Smoothed[i] / count;
        for (int i = first; i <= last; i++)
            (xy, xx) = (xy + (i - middle) * (Smoothed[i] - mean), xx + (i - middle) * (i - middle));
        return xy / xx;
    }
}
