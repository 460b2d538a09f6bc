namespace NativeEngine.Train;

/// <summary>Every counter of a run: with weights and optimizer state all that is needed to go on at exactly this point.</summary>
public sealed record TrainProgress
{
    /// <summary>Epochs completed.</summary>
    public int Epoch { get; set; }

    /// <summary>Batches done of the epoch that is running.</summary>
    public int Batch { get; set; }

    /// <summary>The stage that runs, counted from 0.</summary>
    public int Stage { get; set; }

    /// <summary>Updates made before the schedule of the running stage began.</summary>
    public long ScheduleStart { get; set; }

    /// <summary>Updates made.</summary>
    public long Step { get; set; }

    /// <summary>Sum of the losses of the running epoch's images.</summary>
    public double LossSum { get; set; }

    /// <summary>Images of the running epoch so far.</summary>
    public long Images { get; set; }

    /// <summary>What is followed, summed over the running epoch's images.</summary>
    public TrainingSums Sums { get; set; } = [];

    /// <summary>Of a checkpoint of an earlier version: right answers in the running epoch.</summary>
    public long Correct { set => Sums[new Top1Metric().Name] = [100.0 * value]; }

    /// <summary>Training time of the running epoch.</summary>
    public double EpochSeconds { get; set; }

    /// <summary>Training time in all.</summary>
    public double TrainSeconds { get; set; }

    /// <summary>The best metric, null before the first evaluation.</summary>
    public double? Best { get; set; }

    /// <summary>The epoch it was reached in.</summary>
    public int BestEpoch { get; set; }

    /// <summary>The last evaluation.</summary>
    public EvalResult? Eval { get; set; }

    /// <summary>Images of the training part; the place in an epoch means nothing with another number.</summary>
    public int TrainImages { get; set; }

    /// <summary>The best metric of the running stage, null before its first evaluation; patience counts from it.</summary>
    public double? StageBest { get; set; }

    /// <summary>The epoch it was reached in.</summary>
    public int StageBestEpoch { get; set; }

    /// <summary>True when a metric is better than the best so far: the first one is, and after one that was not finite every finite one.</summary>
    public static bool IsBetter(double metric, double? before, bool higherIsBetter) =>
        before is not { } best || (!double.IsFinite(best) && double.IsFinite(metric)) || (higherIsBetter ? metric > best : metric < best);

    internal void BeginEpoch()
    {
        (Batch, LossSum, Images, EpochSeconds, Sums) = (0, 0, 0, 0, []);
    }
}
