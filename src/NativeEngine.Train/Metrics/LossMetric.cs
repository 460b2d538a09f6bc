using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>Mean cross-entropy of the logits, -ln softmax(logits)[class], without label smoothing and weights, whatever loss is trained on.</summary>
public sealed record LossMetric : Metric<ClassOutputs>
{
    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override string Format => "F4";

    /// <inheritdoc/>
    public override string FileFormat => "G9";

    /// <inheritdoc/>
    public override int Digits => 6;

    /// <inheritdoc/>
    public override IMeasurement<ClassOutputs> Start(Engine engine) =>
        new MeanOverImages<ClassOutputs>(o => o.Logits.CrossEntropy(o.Labels, reduction: Reduction.Sum).Item(), o => o.Count);
}
