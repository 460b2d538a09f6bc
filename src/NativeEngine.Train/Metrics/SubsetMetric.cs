using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>Share of images whose classes are all right, at a probability of one half, in percent.</summary>
public sealed record SubsetMetric : Metric<MultiLabelOutputs>
{
    /// <inheritdoc/>
    public override string Title => "all right";

    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override IMeasurement<MultiLabelOutputs> Start(Engine engine) => new MeanOverImages<MultiLabelOutputs>(o =>
    {
        int classes = o.Targets.Classes, right = 0;
        var rows = o.Targets.Rows;
        for (int i = 0; i < o.Count; i++)
        {
            int at = 0;
            while (at < classes && (o.HostLogits[(i * classes) + at] >= 0) == (rows[(i * classes) + at] > 0.5f))
                at++;
            right += at == classes ? 1 : 0;
        }

        return right;
    }, o => o.Count, 100);
}
