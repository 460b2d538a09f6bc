using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Cui et al. 2019: class weights (1-β)/(1-β^n[k]) normalised to sum K (0 for a class without samples) over cross-entropy or focal, divided by B.
/// </summary>
/// <param name="Beta">β: base of the effective number of samples.</param>
/// <param name="Over"><c>ce</c> or <c>focal</c>.</param>
/// <param name="Gamma">Focusing exponent, over focal.</param>
/// <param name="Counts">n: samples per class; in a training those of its images.</param>
public sealed record ClassBalancedLoss(double Beta = 0.999, string Over = "ce", double Gamma = 2, IReadOnlyList<double>? Counts = null) : LossFunction
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, IReadOnlyList<double>? Values)> ClassVectors => [("counts", Counts)];

    /// <inheritdoc/>
    public override LossFunction? WithClassSizes(IReadOnlyList<double> sizes) => Counts is null ? this with { Counts = sizes } : this;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Beta is >= 0 and < 1, "beta", Beta, "a number from 0 to below 1");
        Require(Over is "ce" or "focal", "over", Over, "ce or focal");
        Require(Gamma >= 0, "gamma", Gamma, "a number of at least 0");
        Require(Counts is { Count: > 0 }, "counts", "none", "the number of samples of each class");
    }

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target)
    {
        if (input.Shape.Rank != 2 || Counts?.Count != input.Shape[1])
            throw new ShapeException("class_balanced", $"counts [{Counts?.Count ?? 0}]: expects one number per class of input {input.Shape}");
        return input.FocalLoss(target, OnDevice(Counts, input, Effective), Over == "focal" ? Gamma : 0); // with γ = 0 it is cross-entropy, divided by B
    }

    private double[] Effective(IReadOnlyList<double> counts)
    {
        var weights = counts.Select(n => n > 0 ? (1 - Beta) / (1 - Math.Pow(Beta, n)) : 0).ToArray();
        double sum = weights.Sum();
        return sum > 0 ? Array.ConvertAll(weights, w => w * weights.Length / sum) : weights;
    }
}
