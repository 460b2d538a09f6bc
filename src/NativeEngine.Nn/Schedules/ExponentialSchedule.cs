namespace NativeEngine.Nn;

/// <summary>lr·gamma^position.</summary>
public sealed class ExponentialSchedule(ScheduleOptions options) : Schedule(options)
{
    /// <inheritdoc/>
    public override double LearningRate(double position) => Lr * Math.Pow(Options.Gamma, position);
}
