using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>PyTorch's nll_loss of log-probabilities [B, K] and class ids [B]: -w[t]·x[t].</summary>
/// <param name="IgnoreIndex">Target of rows that do not count.</param>
/// <param name="Reduction">How rows combine; the mean divides by the sum of the weights.</param>
/// <param name="Weight">A weight per class.</param>
public sealed record NllLoss(int IgnoreIndex = Loss.IgnoreIndex, Reduction Reduction = Reduction.Mean, IReadOnlyList<double>? Weight = null)
    : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override bool TakesLogProbabilities => true;

    /// <inheritdoc/>
    public override int? Ignored => IgnoreIndex;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, IReadOnlyList<double>? Values)> ClassVectors => [("weight", Weight)];

    /// <inheritdoc/>
    public override LossFunction WithClassWeights(IReadOnlyList<double> weights) => this with { Weight = weights };

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.NllLoss(target, OnDevice(Weight, input), IgnoreIndex, Reduction);
}
