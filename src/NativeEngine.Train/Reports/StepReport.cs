using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>One update.</summary>
/// <param name="Epoch">Epoch, counted from 1.</param>
/// <param name="StepInEpoch">Update within the epoch, counted from 1.</param>
/// <param name="StepsPerEpoch">Updates per epoch.</param>
/// <param name="Step">Update of the run, counted from 1.</param>
/// <param name="Loss">Mean loss of the update's images.</param>
/// <param name="MeanLoss">Mean loss of the epoch so far.</param>
/// <param name="Top1">Share of right answers of the epoch so far, in percent.</param>
/// <param name="GradNorm">Norm of all gradients, before clipping.</param>
/// <param name="Lr">Learning rate.</param>
/// <param name="Images">Images of the update.</param>
/// <param name="Seconds">Time of the update.</param>
/// <param name="DataSeconds">Part of it spent waiting for data.</param>
/// <param name="Health">How the embeddings of a metric loss are, in updates that are logged.</param>
/// <param name="Stage">Stage of the run, counted from 1.</param>
public readonly record struct StepReport(
    int Epoch,
    int StepInEpoch,
    int StepsPerEpoch,
    long Step,
    double Loss,
    double MeanLoss,
    double Top1,
    double GradNorm,
    double Lr,
    int Images,
    double Seconds,
    double DataSeconds,
    MetricHealth? Health = null,
    int Stage = 1);
