namespace NativeEngine.Nn;

/// <summary>
/// Cosine with warm restarts (Loshchilov and Hutter 2017): min + (lr - min)·(1 + cos(π·t / T)) / 2 with t counted from the last restart; the
/// first period is Period long, each further one PeriodFactor times its predecessor.
/// </summary>
public sealed class CosineRestartsSchedule : Schedule
{
    /// <summary>Checks the periods.</summary>
    public CosineRestartsSchedule(ScheduleOptions options)
        : base(options)
    {
        Require(options.Period > 0, "period", options.Period, "a positive number");
        Require(options.PeriodFactor >= 1, "period_factor", options.PeriodFactor, "a number of at least 1");
    }

    /// <inheritdoc/>
    public override double LearningRate(double position)
    {
        double period = Options.Period;
        if (Options.PeriodFactor == 1)
            position %= period;
        else
        {
            for (; position >= period; period *= Options.PeriodFactor)
                position -= period;
        }

        return Options.MinLr + (Lr - Options.MinLr) * (1 + Math.Cos(Math.PI * position / period)) / 2;
    }
}
