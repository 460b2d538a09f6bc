namespace NativeEngine.Nn;

/// <summary>min + (lr - min)·(1 - position / Length)^Power; min behind the end.</summary>
public sealed class PolySchedule(ScheduleOptions options) : Schedule(options)
{
    /// <inheritdoc/>
    public override double LearningRate(double position) =>
        Options.MinLr + (Lr - Options.MinLr) * Math.Pow(1 - Math.Min(position, Options.Length) / Options.Length, Options.Power);
}
