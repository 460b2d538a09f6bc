namespace NativeEngine.Nn;

/// <summary>lr.</summary>
public sealed class ConstantSchedule(ScheduleOptions options) : Schedule(options)
{
    /// <inheritdoc/>
    public override double LearningRate(double position) => Lr;
}
