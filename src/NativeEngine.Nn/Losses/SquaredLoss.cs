using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Σ (x - onehot)² over all rows of logits [B, K] and class ids [B].</summary>
public sealed record SquaredLoss : LossFunction
{
    /// <inheritdoc/>
    public override bool Sums => true;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.SquaredLoss(target);
}
