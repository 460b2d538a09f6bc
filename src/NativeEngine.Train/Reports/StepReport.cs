namespace NativeEngine.Train;

/// <summary>One update.</summary>
public readonly record struct StepReport
{
    /// <summary>Epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Update within the epoch, counted from 1.</summary>
    public required int StepInEpoch { get; init; }

    /// <summary>Updates per epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Update of the run, counted from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Stage of the run, counted from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>Mean loss of the update's images.</summary>
    public required double Loss { get; init; }

    /// <summary>Mean loss of the epoch so far.</summary>
    public required double MeanLoss { get; init; }

    /// <summary>The metrics that are followed while training, over the epoch so far.</summary>
    public required IReadOnlyList<MetricValue> Followed { get; init; }

    /// <summary>What the task says of the update beside them, where it is logged; null when nothing.</summary>
    public TrainingFacts? Facts { get; init; }

    /// <summary>Norm of all gradients, before clipping.</summary>
    public required double GradNorm { get; init; }

    /// <summary>Learning rate.</summary>
    public required double Lr { get; init; }

    /// <summary>Images of the update.</summary>
    public required int Images { get; init; }

    /// <summary>Time of the update.</summary>
    public required double Seconds { get; init; }

    /// <summary>Part of it spent waiting for data.</summary>
    public required double DataSeconds { get; init; }
}
