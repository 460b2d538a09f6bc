using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>|x - t| of each element, target of the input's shape.</summary>
/// <param name="Reduction">How elements combine.</param>
public sealed record L1Loss(Reduction Reduction = Reduction.Mean) : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override bool TakesFloatTarget => true;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.L1Loss(target, Reduction);
}
