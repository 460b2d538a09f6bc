namespace NativeEngine.Nn;

/// <summary>lr ← sin(lr) at each whole position: a slow fall that ends near √(3 / position).</summary>
public sealed class SinSchedule(ScheduleOptions options) : Schedule(options)
{
    /// <inheritdoc/>
    public override double LearningRate(double position)
    {
        double rate = Lr;
        for (int i = 0; i < (int)position; i++)
            rate = Math.Sin(rate);
        return rate;
    }
}
