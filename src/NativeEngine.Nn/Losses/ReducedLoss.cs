using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A loss whose rows or elements combine as it is told.</summary>
/// <param name="Reduction">Mean, sum, or none: the rows themselves.</param>
public abstract record ReducedLoss(Reduction Reduction) : LossFunction
{
    /// <inheritdoc/>
    public override bool Sums => Reduction == Reduction.Sum;

    /// <inheritdoc/>
    public override bool IsScalar => Reduction != Reduction.None;
}
