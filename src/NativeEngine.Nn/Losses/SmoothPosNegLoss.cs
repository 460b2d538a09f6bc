using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// -Σ (target·ln p) per row, the mean over the rows that count, with target = pos for the class and neg elsewhere: cross-entropy with the smoothing
/// ε = K·neg/S, times S = pos - neg + K·neg.
/// </summary>
/// <param name="LbPos">Target of the right class.</param>
/// <param name="LbNeg">Target of the other classes.</param>
/// <param name="IgnoreIndex">Target of rows that do not count.</param>
/// <param name="Reduction">How rows combine.</param>
public sealed record SmoothPosNegLoss(double LbPos = 0.9, double LbNeg = 0.005, int IgnoreIndex = 255, Reduction Reduction = Reduction.Mean)
    : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override int? Ignored => IgnoreIndex;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(LbNeg >= 0, "lb_neg", LbNeg, "a number of at least 0");
        Require(LbPos > 0 && LbPos >= LbNeg, "lb_pos", LbPos, "a positive number of at least lb_neg");
    }

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target)
    {
        double all = input.Shape[1] * LbNeg, scale = LbPos - LbNeg + all;
        return input.CrossEntropy(target, null, Math.Min(1, all / scale), IgnoreIndex, Reduction, scale);
    }
}
