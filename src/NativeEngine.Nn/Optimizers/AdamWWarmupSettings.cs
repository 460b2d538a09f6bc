using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// AdamW that warms up by itself: lr_t = 1e-8 + t·lr/warmup while t &lt; warmup, else lr; p -= wd·lr_t·p; p -= lr_t·√(1-b2^t)/(1-b1^t)·m / (√v + eps).
/// </summary>
/// <param name="Warmup">Steps of the rise.</param>
[CatalogueName("adamw_warmup")]
public sealed record AdamWWarmupSettings(double Warmup = 0) : AdamFamilySettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Moments;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireNotNegative("warmup", Warmup);
    }

    /// <inheritdoc/>
    protected override OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory)
    {
        double rate = a.Step < Warmup ? 1e-8 + a.Step * a.LearningRate / Warmup : a.LearningRate;
        return a with { LearningRate = rate, Decoupled = true, Adaptive = true, RootFactor = 1, MomentFactor = Math.Sqrt(Correction2(a)) / Correction1(a) };
    }
}
