using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// NAdam (Dozat 2016) as PyTorch since 2.0: μ_t = b1·(1 - 0.96^(t·decay)/2), M_t = Π μ; p -= lr·((1-μ_t)/(1-M_t)·g + μ_{t+1}/(1-M_{t+1})·m) / (√v/√(1-b2^t) +
/// eps).
/// </summary>
/// <param name="MomentumDecay">Decay of the momentum schedule.</param>
[CatalogueName("nadam")]
public sealed record NAdamSettings(double MomentumDecay = 4e-3) : AdamFamilySettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Moments;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireNotNegative("momentum_decay", MomentumDecay);
    }

    /// <inheritdoc/>
    protected override OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory)
    {
        double Momentum(long t) => a.Beta1 * (1 - 0.5 * Math.Pow(0.96, t * MomentumDecay));
        if (memory.ProductStep != a.Step - 1)
            (memory.ProductStep, memory.MomentumProduct) = (0, 1);
        while (memory.ProductStep < a.Step)
            memory.MomentumProduct *= Momentum(++memory.ProductStep);
        double next = Momentum(a.Step + 1);
        return a with
        {
            Adaptive = true,
            RootFactor = 1 / Math.Sqrt(Correction2(a)),
            GradFactor = (1 - Momentum(a.Step)) / (1 - memory.MomentumProduct),
            MomentFactor = next / (1 - memory.MomentumProduct * next),
        };
    }
}
