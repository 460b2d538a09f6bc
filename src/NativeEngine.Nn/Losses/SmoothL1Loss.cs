using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>(x - t)² / 2β where |x - t| &lt; β, else |x - t| - β/2; target of the input's shape.</summary>
/// <param name="Beta">β: half width of the parabola.</param>
/// <param name="Reduction">How elements combine.</param>
public sealed record SmoothL1Loss(double Beta = 1, Reduction Reduction = Reduction.Mean) : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override bool TakesFloatTarget => true;

    /// <inheritdoc/>
    public override void Validate() => Require(Beta > 0, "beta", Beta, "a positive number");

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.SmoothL1Loss(target, Beta, Reduction);
}
