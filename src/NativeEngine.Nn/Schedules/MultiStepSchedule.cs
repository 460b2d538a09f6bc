namespace NativeEngine.Nn;

/// <summary>lr·gamma^(number of milestones ≤ position).</summary>
public sealed class MultiStepSchedule(ScheduleOptions options) : Schedule(options)
{
    /// <inheritdoc/>
    public override double LearningRate(double position) => Lr * Math.Pow(Options.Gamma, Options.Milestones.Count(m => m <= position));
}
