namespace NativeEngine.Train;

/// <summary>What a run is about to do.</summary>
/// <param name="RunPath">The run folder.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Parameters">Number of trained and frozen parameter elements.</param>
/// <param name="TrainImages">Images per epoch.</param>
/// <param name="EvalImages">Images per evaluation.</param>
/// <param name="EvalName">What is evaluated, as a person names it.</param>
/// <param name="Classes">Class names.</param>
/// <param name="ImageSize">(channels, height, width)</param>
/// <param name="Epochs">Epochs planned in all.</param>
/// <param name="StepsPerEpoch">Updates per epoch.</param>
/// <param name="StartEpoch">Epochs already done, 0 unless resumed.</param>
/// <param name="StartStep">Updates already done, 0 unless resumed.</param>
public sealed record TrainPlan(
    string RunPath,
    string Device,
    string Model,
    long Parameters,
    int TrainImages,
    int EvalImages,
    string EvalName,
    IReadOnlyList<string> Classes,
    (int C, int H, int W) ImageSize,
    int Epochs,
    int StepsPerEpoch,
    int StartEpoch,
    long StartStep)
{
    /// <summary>How updates run on a device that runs behind the host: as graph launches, or why not. Null elsewhere.</summary>
    public string? Execution { get; init; }

    /// <summary>The update after which the run stops; 0 for none.</summary>
    public long MaxSteps { get; init; }
}
