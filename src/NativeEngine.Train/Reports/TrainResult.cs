namespace NativeEngine.Train;

/// <summary>How a run ended.</summary>
public sealed record TrainResult
{
    /// <summary>The run folder.</summary>
    public required string RunPath { get; init; }

    /// <summary>Why it ended.</summary>
    public required StopReason Stopped { get; init; }

    /// <summary>Epochs completed.</summary>
    public required int Epoch { get; init; }

    /// <summary>Updates made.</summary>
    public required long Step { get; init; }

    /// <summary>The last evaluation; null when the run was stopped before its first.</summary>
    public EvalResult? Eval { get; init; }

    /// <summary>What decides the best epoch.</summary>
    public required Metric Deciding { get; init; }

    /// <summary>The best value of it, NaN when there was no evaluation.</summary>
    public required double Best { get; init; }

    /// <summary>The epoch it was reached in, 0 when there was none.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Time of training, evaluations not counted, resumed time counted.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>SHA-256 of the weights, see <see cref="WeightsHash"/>.</summary>
    public required string WeightsHash { get; init; }
}
