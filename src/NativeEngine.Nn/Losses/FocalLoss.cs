using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>-α[t]·(1 - p[t])^γ·ln p[t] (Lin et al. 2017) of logits [B, K] and class ids [B].</summary>
/// <param name="Gamma">γ: how much less easy rows count.</param>
/// <param name="Reduction">How rows combine.</param>
/// <param name="Alpha">α: a factor per class.</param>
public sealed record FocalLoss(double Gamma = 2, Reduction Reduction = Reduction.Mean, IReadOnlyList<double>? Alpha = null) : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, IReadOnlyList<double>? Values)> ClassVectors => [("alpha", Alpha)];

    /// <inheritdoc/>
    public override LossFunction WithClassWeights(IReadOnlyList<double> weights) => this with { Alpha = weights };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Gamma >= 0, "gamma", Gamma, "a number of at least 0");
    }

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.FocalLoss(target, OnDevice(Alpha, input), Gamma, Reduction);
}
