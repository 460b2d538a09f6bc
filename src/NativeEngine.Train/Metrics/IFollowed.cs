namespace NativeEngine.Train;

/// <summary>A metric that is followed while a model trains, too: it has a column <c>train_NAME</c>.</summary>
/// <typeparam name="TOutputs">What the model gives for a batch, with the right answers.</typeparam>
public interface IFollowed<in TOutputs>
{
    /// <summary>
    /// Queues the count of a batch and returns at once: what is called later, and may wait for the device, gives the sum over the batch's images of which the
    /// metric is the mean, in its unit.
    /// </summary>
    Func<double> Follow(TOutputs outputs);
}
