using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Online hard example mining (Shrivastava et al. 2016): the mean over the ⌈keep·B⌉ rows with the largest cross-entropy, ties to the lowest
/// row.</summary>
/// <param name="Keep">Share of the rows that count.</param>
public sealed record OhemLoss(double Keep = 0.7) : LossFunction
{
    private const double Rounding = 1e-9; // keep·B may come out a hair above a whole number

    /// <inheritdoc/>
    public override void Validate() => Require(Keep is > 0 and <= 1, "keep", Keep, "a number above 0 and up to 1");

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target)
    {
        var rows = input.CrossEntropy(target, reduction: Reduction.None);
        return rows.TopK((int)Math.Ceiling(Keep * rows.Shape[0] - Rounding)).Values.Mean();
    }
}
