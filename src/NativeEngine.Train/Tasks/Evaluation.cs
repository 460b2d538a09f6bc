using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>The metrics of a task while a data set is evaluated.</summary>
public abstract class Evaluation
{
    /// <summary>Runs the model on a batch and counts its outputs.</summary>
    public abstract void Add(DeviceBatch batch);

    /// <summary>The figures over all batches.</summary>
    /// <param name="stop">Ends a long search with <see cref="OperationCanceledException"/>.</param>
    public abstract IReadOnlyList<MetricValue> Finish(CancellationToken stop);
}
