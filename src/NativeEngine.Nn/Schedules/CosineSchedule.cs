namespace NativeEngine.Nn;

/// <summary>
/// min + (lr - min)·(1 + cos(π·position / Length)) / 2 (Loshchilov and Hutter 2017, without restarts). Behind the end it goes on as a
/// wave, as PyTorch's CosineAnnealingLR.
/// </summary>
public sealed class CosineSchedule(ScheduleOptions options) : Schedule(options)
{
    /// <inheritdoc/>
    public override double LearningRate(double position) => Options.MinLr + (Lr - Options.MinLr) * (1 + Math.Cos(Math.PI * position / Options.Length)) / 2;
}
