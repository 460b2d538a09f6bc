using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>LAMB (You et al. 2020) with bias correction: u = m̂ / (√v̂ + eps) + wd·p; per parameter tensor p -= lr·(‖p‖/‖u‖)·u.</summary>
public sealed record LambSettings : AdamFamilySettings
{
    /// <summary>LAMB's own eps.</summary>
    public LambSettings() => Eps = 1e-6;

    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Lamb;

    /// <inheritdoc/>
    public override double DefaultWeightDecay => 0.01;

    /// <inheritdoc/>
    public override IReadOnlyList<string?> Slots => ["exp_avg", "exp_avg_sq", ""];

    /// <inheritdoc/>
    protected override OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory) =>
        a with { MomentFactor = 1 / Correction1(a), RootFactor = 1 / Math.Sqrt(Correction2(a)) };
}
