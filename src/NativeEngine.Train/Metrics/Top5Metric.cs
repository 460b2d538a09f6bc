using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>Share of images whose class is among the five largest logits, in percent; with fewer than six classes all are.</summary>
public sealed record Top5Metric : Metric<ClassOutputs>
{
    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override IMeasurement<ClassOutputs> Start(Engine engine) =>
        new MeanOverImages<ClassOutputs>(o => o.RightAmongFirst(ClassOutputs.Guesses), o => o.Count, 100);
}
