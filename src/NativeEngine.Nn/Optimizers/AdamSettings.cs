using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Adam (Kingma and Ba 2015) in PyTorch's form, with coupled weight decay: g += wd·p; p -= lr/(1-b1^t) · m / (√v/√(1-b2^t) + eps).</summary>
public record AdamSettings : AdamFamilySettings
{
    /// <summary>The maximum of the second moment takes its place (Reddi et al. 2018).</summary>
    [CatalogueName("amsgrad")] // PyTorch writes it as one word
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override OptimizerRule Rule => OptimizerRule.Adam;

    /// <inheritdoc/>
    protected override bool UsesLargest => AmsGrad;

    /// <inheritdoc/>
    protected override OptimizerArgs Factors(OptimizerArgs a, FactorMemory memory) => a;
}
