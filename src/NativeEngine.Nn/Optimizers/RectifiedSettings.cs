using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// RAdam's family (Liu et al. 2020): with enough history lr·r·√(1-b2^t)/(1-b1^t)·m / (√v + eps), r the rectification; else lr/(1-b1^t)·m. They differ in when
/// the second moment is trusted and in the weight decay.
/// </summary>
public abstract record RectifiedSettings : AdamFamilySettings
{
    /// <inheritdoc/>
    public sealed override OptimizerRule Rule => OptimizerRule.Moments;

    /// <summary>Decay on the parameter instead of the gradient.</summary>
    protected virtual bool IsDecoupled => true;

    /// <summary>Whether an average of this length is trusted.</summary>
    protected abstract bool Trusts(double length);

    /// <inheritdoc/>
    protected sealed override OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory)
    {
        // ρ_∞ = 2/(1-b2) - 1 is the longest simple average that the second moment stands for, ρ_t = ρ_∞ - 2t·b2^t/(1-b2^t) that of this step.
        double longest = 2 / (1 - a.Beta2) - 1, length = longest - 2 * a.Step * Math.Pow(a.Beta2, a.Step) / Correction2(a);
        a = a with { Decoupled = IsDecoupled };
        if (!Trusts(length))
            return a with { MomentFactor = 1 / Correction1(a), Adaptive = false };
        double rectification = Math.Sqrt((length - 4) / (longest - 4) * (length - 2) / (longest - 2) * longest / length);
        return a with { MomentFactor = rectification * Math.Sqrt(Correction2(a)) / Correction1(a), RootFactor = 1, Adaptive = true };
    }
}
