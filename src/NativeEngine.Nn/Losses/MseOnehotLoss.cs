using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The mean over B of Σ (x - onehot)² of logits [B, K] and class ids [B].</summary>
public sealed record MseOnehotLoss : LossFunction
{
    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.SquaredLoss(target, Reduction.Mean);
}
