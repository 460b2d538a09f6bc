using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>AdamW (Loshchilov and Hutter 2019): p -= lr·wd·p, then Adam without coupled decay.</summary>
[CatalogueName("adamw")]
public sealed record AdamWSettings : AdamSettings
{
    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.AdamW;

    /// <inheritdoc/>
    public override double DefaultWeightDecay => 0.01;
}
