namespace NativeEngine.Train;

/// <summary>The mean over images of a number that each batch gives the sum of.</summary>
/// <typeparam name="TOutputs">What the model gives for a batch, with the right answers.</typeparam>
/// <param name="sum">Sum over the batch's images.</param>
/// <param name="images">Number of the batch's images.</param>
/// <param name="factor">100 for percent.</param>
public sealed class MeanOverImages<TOutputs>(Func<TOutputs, double> sum, Func<TOutputs, int> images, double factor = 1) : IMeasurement<TOutputs>
{
    private double _sum;
    private long _images;

    /// <inheritdoc/>
    public void Add(TOutputs outputs)
    {
        _sum += sum(outputs);
        _images += images(outputs);
    }

    /// <inheritdoc/>
    public double Finish(CancellationToken stop) => factor * _sum / Math.Max(1, _images);
}
