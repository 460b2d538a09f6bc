using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>One epoch with its evaluation.</summary>
/// <param name="Epoch">Epoch, counted from 1.</param>
/// <param name="Epochs">Epochs planned in all.</param>
/// <param name="TrainLoss">Mean training loss.</param>
/// <param name="TrainTop1">Share of right answers while training, in percent.</param>
/// <param name="Eval">The evaluation.</param>
/// <param name="Lr">Learning rate of the last update.</param>
/// <param name="Seconds">Time of training, without the evaluation.</param>
/// <param name="ImagesPerSecond">Training images per second.</param>
/// <param name="MemoryBytes">Peak device memory.</param>
/// <param name="Best">The best metric so far.</param>
/// <param name="BestEpoch">The epoch it was reached in.</param>
/// <param name="Improved">True when that is this epoch.</param>
/// <param name="EtaSeconds">Estimated time to the end.</param>
/// <param name="Health">How the embeddings of a metric loss were over the epoch, each as it was when it was trained.</param>
/// <param name="Stage">Stage of the run, counted from 1.</param>
public sealed record EpochReport(
    int Epoch,
    int Epochs,
    double TrainLoss,
    double TrainTop1,
    EvalResult Eval,
    double Lr,
    double Seconds,
    double ImagesPerSecond,
    long MemoryBytes,
    double Best,
    int BestEpoch,
    bool Improved,
    double EtaSeconds,
    MetricHealth? Health = null,
    int Stage = 1);
