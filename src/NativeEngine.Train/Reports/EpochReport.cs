namespace NativeEngine.Train;

/// <summary>One epoch with its evaluation.</summary>
public sealed record EpochReport
{
    /// <summary>Epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs planned in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>Stage of the run, counted from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>Mean training loss.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>The metrics that were followed while training.</summary>
    public required IReadOnlyList<MetricValue> Followed { get; init; }

    /// <summary>What the task says of the epoch beside them; null when nothing.</summary>
    public TrainingFacts? Facts { get; init; }

    /// <summary>The evaluation.</summary>
    public required EvalResult Eval { get; init; }

    /// <summary>Learning rate of the last update.</summary>
    public required double Lr { get; init; }

    /// <summary>Time of training, without the evaluation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Training images per second.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Peak device memory.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The best value so far of what decides.</summary>
    public required MetricValue Best { get; init; }

    /// <summary>The epoch it was reached in.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>True when that is this epoch.</summary>
    public required bool Improved { get; init; }

    /// <summary>Estimated time to the end.</summary>
    public required double EtaSeconds { get; init; }
}
