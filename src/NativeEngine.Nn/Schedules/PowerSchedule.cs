namespace NativeEngine.Nn;

/// <summary>lr ← lr^1.0001 at each whole position, that is lr^(1.0001^⌊position⌋).</summary>
public sealed class PowerSchedule(ScheduleOptions options) : Schedule(options)
{
    private const double Exponent = 1.0001;

    /// <inheritdoc/>
    public override double LearningRate(double position) => Math.Pow(Lr, Math.Pow(Exponent, Math.Floor(position)));
}
