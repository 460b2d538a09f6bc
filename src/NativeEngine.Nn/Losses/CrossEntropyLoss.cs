using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// PyTorch's cross_entropy of logits [B, K] and class ids [B]; a float target [B, K] gives class probabilities: -Σ w·t'·ln p per row with
/// t' = (1-ε)t + ε/K, the mean over B.
/// </summary>
/// <param name="LabelSmoothing">ε: share of the target spread evenly over all classes.</param>
/// <param name="IgnoreIndex">Target of rows that do not count.</param>
/// <param name="Reduction">How rows combine.</param>
/// <param name="Weight">A weight per class.</param>
[CatalogueName("cross_entropy", "ce")]
public sealed record CrossEntropyLoss(double LabelSmoothing = 0, int IgnoreIndex = Loss.IgnoreIndex, Reduction Reduction = Reduction.Mean,
    IReadOnlyList<double>? Weight = null) : ReducedLoss(Reduction)
{
    /// <inheritdoc/>
    public override bool TakesProbabilities => true;

    /// <inheritdoc/>
    public override int? Ignored => IgnoreIndex;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, IReadOnlyList<double>? Values)> ClassVectors => [("weight", Weight)];

    /// <inheritdoc/>
    public override LossFunction WithClassWeights(IReadOnlyList<double> weights) => this with { Weight = weights };

    /// <inheritdoc/>
    public override LossFunction WithSmoothing(double smoothing) => this with { LabelSmoothing = smoothing };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(LabelSmoothing is >= 0 and <= 1, "label_smoothing", LabelSmoothing, "a number in 0..1");
    }

    /// <inheritdoc/>
    public override Tensor Compute(Tensor input, Tensor target)
    {
        var weight = OnDevice(Weight, input);
        if (!target.DType.IsFloat())
            return input.CrossEntropy(target, weight, LabelSmoothing, IgnoreIndex, Reduction);
        if (target.Shape != input.Shape)
            throw new ShapeException("cross_entropy", $"target {target.Shape}: expects class probabilities of the shape of input {input.Shape}");
        var soft = LabelSmoothing == 0 ? target : target.Affine(1 - LabelSmoothing, LabelSmoothing / input.Shape[1]);
        var terms = input.LogSoftmax() * soft;
        var rows = (weight is null ? terms : terms * weight).Sum([1]).Neg();
        return Reduction switch
        {
            Reduction.Mean => rows.Mean(),
            Reduction.Sum => rows.Sum(),
            _ => rows,
        };
    }
}
