using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Zeroes elements with probability p in training and scales the rest by 1/(1-p) (Srivastava et al. 2014). The mask is a pure function of
/// the engine's seed, the layer's place in the model and the step.
/// </summary>
public sealed class Dropout(Engine engine, double p = 0.5) : Module(engine)
{
    /// <summary>Probability that an element is dropped.</summary>
    public double P { get; } = p is >= 0 and <= 1 ? p : throw new UsageException($"dropout probability {p}: expects 0..1");

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) =>
        IsTraining ? x.Dropout(P, new PhiloxKey(Engine.Seed, RandomStream.Dropout + Ordinal, Engine.StepNumber)) : x;
}
