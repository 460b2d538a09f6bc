using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>1 / p[t] of the softmax p of logits [B, K], class ids [B].</summary>
/// <param name="Reduction">How rows combine.</param>
public sealed record SoftmaxInverseLoss(Reduction Reduction = Reduction.Sum) : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.SoftmaxInverseLoss(target, Reduction);
}
