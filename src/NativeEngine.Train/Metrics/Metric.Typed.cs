using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>A metric of what a task's models give for a batch.</summary>
/// <typeparam name="TOutputs">What they give, with the right answers.</typeparam>
public abstract record Metric<TOutputs> : Metric
{
    /// <summary>Begins an evaluation.</summary>
    /// <param name="engine">Where the outputs are.</param>
    public abstract IMeasurement<TOutputs> Start(Engine engine);
}
