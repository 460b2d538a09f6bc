using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Stochastic depth (Huang et al. 2016): in training drops the whole row of a sample with probability p and scales the rest by 1/(1-p).
/// Put on the branch of a residual block.
/// </summary>
public sealed class DropPath(Engine engine, double p) : Module(engine)
{
    /// <summary>Probability that a sample skips the branch.</summary>
    public double P { get; } = p is >= 0 and <= 1 ? p : throw new UsageException($"drop-path probability {p}: expects 0..1");

    /// <param name="x">[N, …]</param>
    protected override Tensor Compute(Tensor x)
    {
        if (!IsTraining || P == 0)
            return x;
        var perSample = new int[x.Shape.Rank];
        Array.Fill(perSample, 1);
        perSample[0] = x.Shape[0];
        var mask = Engine.Full(Shape.Create(perSample), 1).Dropout(P, new PhiloxKey(Engine.Seed, RandomStream.DropPath + Ordinal, Engine.StepNumber));
        return x * mask;
    }
}
