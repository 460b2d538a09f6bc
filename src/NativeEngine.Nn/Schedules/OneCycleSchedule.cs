namespace NativeEngine.Nn;

/// <summary>
/// The 1cycle policy (Smith and Topin 2019) as PyTorch's OneCycleLR, Length being the number of steps: from lr / DivFactor up to lr at position
/// RiseShare·Length - 1, then down to lr / DivFactor / FinalDivFactor at the last position, along half cosines.
/// </summary>
public sealed class OneCycleSchedule : Schedule
{
    /// <summary>Checks the share and factors.</summary>
    public OneCycleSchedule(ScheduleOptions options)
        : base(options)
    {
        Require(options.RiseShare is >= 0 and <= 1, "pct_start", options.RiseShare, "a number in 0..1");
        Require(options.DivFactor > 0, "div_factor", options.DivFactor, "a positive number");
        Require(options.FinalDivFactor > 0, "final_div_factor", options.FinalDivFactor, "a positive number");
    }

    /// <inheritdoc/>
    public override double LearningRate(double position)
    {
        double start = Lr / Options.DivFactor, end = start / Options.FinalDivFactor, rise = Options.RiseShare * Options.Length - 1, last = Options.Length - 1;
        if (Options.ThreePhase)
        {
            double back = 2 * Options.RiseShare * Options.Length - 2;
            if (position > rise && position <= back)
                return Anneal(Lr, start, position, rise, back);
            if (position > back)
                return Anneal(start, end, position, back, last);
        }

        return position <= rise ? Anneal(start, Lr, position, 0, rise) : Anneal(Lr, end, position, rise, last);
    }

    private double Anneal(double from, double to, double position, double first, double last)
    {
        // A phase without length is passed at once; behind the end the last value stays.
        double share = last > first ? Math.Clamp((position - first) / (last - first), 0, 1) : 1;
        return Options.LinearAnneal ? from + (to - from) * share : to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
    }
}
