namespace NativeEngine.Nn;

/// <summary>
/// WarmupLr + (first - WarmupLr)·position / Warmup while position &lt; Warmup, first being what the schedule behind it starts with; then that
/// schedule, counted from the end of the warm-up.
/// </summary>
public sealed class WarmupSchedule(ScheduleOptions options, Schedule inner) : Schedule(options)
{
    /// <summary>The schedule behind the warm-up.</summary>
    public Schedule Inner { get; } = inner;

    /// <inheritdoc/>
    public override double LearningRate(double position) => position < Options.Warmup
        ? Options.WarmupLr + (Inner.LearningRate(0) - Options.WarmupLr) * position / Options.Warmup
        : Inner.LearningRate(position - Options.Warmup);

    /// <inheritdoc/>
    public override void Report(double metric) => Inner.Report(metric);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState() => Inner.SaveState();

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, double> state) => Inner.LoadState(state);
}
