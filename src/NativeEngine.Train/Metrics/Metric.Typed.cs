using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>A metric of what a task's models give for a batch.</summary>
/// <typeparam name="TOutputs">What they give, with the right answers.</typeparam>
public abstract record Metric<TOutputs> : Metric
{
    /// <summary>Begins an evaluation.</summary>
    /// <param name="engine">Where the outputs are.</param>
    public abstract IMeasurement<TOutputs> Start(Engine engine);

    /// <summary>
    /// Queues the count of a batch that is trained on and returns at once: what is waited for later gives the sum over the batch's images of which the metric
    /// is the mean, in its unit. Null of a metric that is not followed in training, as most are.
    /// </summary>
    public virtual Func<double>? Follow(TOutputs outputs) => null;

    /// <summary>True when <see cref="Follow"/> gives something; the metric has a column <c>train_NAME</c> then.</summary>
    public virtual bool IsFollowed => false;
}
