namespace NativeEngine.Train;

/// <summary>Why a run ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were done.</summary>
    Finished,

    /// <summary>The metric did not improve for <see cref="TrainOptions.Patience"/> epochs.</summary>
    Patience,

    /// <summary><see cref="TrainOptions.MaxTime"/> was reached.</summary>
    MaxTime,

    /// <summary><see cref="TrainOptions.MaxSteps"/> was reached.</summary>
    MaxSteps,

    /// <summary>Someone asked it to stop; everything was saved.</summary>
    Cancelled,
}
