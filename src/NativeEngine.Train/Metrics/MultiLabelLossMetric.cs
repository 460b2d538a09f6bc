using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Mean binary cross-entropy of the logits, over images and classes, whatever loss is trained on.</summary>
[CatalogueName("loss")]
internal sealed record MultiLabelLossMetric : Metric<MultiLabelOutputs>
{
    private static readonly BceWithLogitsLoss Loss = new();

    public override bool HigherIsBetter => false;

    public override bool OnRequest => false;

    public override string Format => "F4";

    public override string FileFormat => "G9";

    public override int Digits => 6;

    public override IMeasurement<MultiLabelOutputs> Start(Engine engine) =>
        new MeanOverImages<MultiLabelOutputs>(o => Loss.Compute(o.Logits, o.Rows).Item() * o.Count, o => o.Count);
}
