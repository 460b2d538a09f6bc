namespace NativeEngine.Train;

/// <summary>What a run is about to do.</summary>
public sealed record TrainPlan
{
    /// <summary>The run folder.</summary>
    public required string RunPath { get; init; }

    /// <summary>Name of the device.</summary>
    public required string Device { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Number of trained and frozen parameter elements.</summary>
    public required long Parameters { get; init; }

    /// <summary>Images per epoch.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Images per evaluation.</summary>
    public required int EvalImages { get; init; }

    /// <summary>What is evaluated, as a person names it.</summary>
    public required string EvalName { get; init; }

    /// <summary>Class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Everything that can be measured, in the order of columns and lines.</summary>
    public required IReadOnlyList<Metric> Metrics { get; init; }

    /// <summary>Epochs planned in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>Updates per epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Epochs already done, 0 unless resumed.</summary>
    public required int StartEpoch { get; init; }

    /// <summary>Updates already done, 0 unless resumed.</summary>
    public required long StartStep { get; init; }

    /// <summary>How updates run on a device that runs behind the host: as graph launches, or why not. Null elsewhere.</summary>
    public string? Execution { get; init; }

    /// <summary>The update after which the run stops; 0 for none.</summary>
    public long MaxSteps { get; init; }
}
