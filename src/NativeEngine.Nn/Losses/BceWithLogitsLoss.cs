using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>PyTorch's binary_cross_entropy_with_logits: -(w·t·ln σ(x) + (1-t)·ln(1-σ(x))), target of the input's shape.</summary>
/// <param name="Reduction">How elements combine.</param>
/// <param name="PosWeight">w: weight of the positives of each class.</param>
public sealed record BceWithLogitsLoss(Reduction Reduction = Reduction.Mean, IReadOnlyList<double>? PosWeight = null) : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override bool TakesFloatTarget => true;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, IReadOnlyList<double>? Values)> ClassVectors => [("pos_weight", PosWeight)];

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target) => input.BceWithLogits(target, OnDevice(PosWeight, input), Reduction);
}
