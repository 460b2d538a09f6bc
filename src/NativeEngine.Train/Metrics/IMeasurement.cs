namespace NativeEngine.Train;

/// <summary>A metric while a data set is evaluated.</summary>
/// <typeparam name="TOutputs">What the model gives for a batch, with the right answers.</typeparam>
public interface IMeasurement<in TOutputs>
{
    /// <summary>Counts a batch; waits for the device.</summary>
    void Add(TOutputs outputs);

    /// <summary>The figure over all batches.</summary>
    /// <param name="stop">Ends a long search with <see cref="OperationCanceledException"/>.</param>
    double Finish(CancellationToken stop);
}
