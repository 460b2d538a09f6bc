namespace NativeEngine.Nn;

/// <summary>lr·gamma^⌊position / StepSize⌋.</summary>
public sealed class StepSchedule : Schedule
{
    /// <summary>Checks the step size.</summary>
    public StepSchedule(ScheduleOptions options)
        : base(options) => Require(options.StepSize > 0, "step_size", options.StepSize, "a positive number");

    /// <inheritdoc/>
    public override double LearningRate(double position) => Lr * Math.Pow(Options.Gamma, Math.Floor(position / Options.StepSize));
}
