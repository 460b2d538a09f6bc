namespace NativeEngine.Train;

/// <summary>How a run ended.</summary>
/// <param name="RunPath">The run folder.</param>
/// <param name="Stopped">Why it ended.</param>
/// <param name="Epoch">Epochs completed.</param>
/// <param name="Step">Updates made.</param>
/// <param name="Eval">The last evaluation; null when the run was stopped before its first.</param>
/// <param name="Best">The best metric, NaN when there was no evaluation.</param>
/// <param name="BestEpoch">The epoch it was reached in, 0 when there was none.</param>
/// <param name="TrainSeconds">Time of training, evaluations not counted, resumed time counted.</param>
/// <param name="WeightsHash">SHA-256 of the weights, see <see cref="WeightsHash"/>.</param>
public sealed record TrainResult(
    string RunPath,
    StopReason Stopped,
    int Epoch,
    long Step,
    EvalResult? Eval,
    double Best,
    int BestEpoch,
    double TrainSeconds,
    string WeightsHash);
