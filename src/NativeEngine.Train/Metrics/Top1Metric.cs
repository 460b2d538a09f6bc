using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>Share of images whose class has the largest logit, in percent; of equal logits the first class counts.</summary>
public sealed record Top1Metric : Metric<ClassOutputs>
{
    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override IMeasurement<ClassOutputs> Start(Engine engine) => new MeanOverImages<ClassOutputs>(o => o.RightAmongFirst(1), o => o.Count, 100);

    /// <inheritdoc/>
    public override bool IsFollowed => true;

    /// <inheritdoc/>
    public override Func<double> Follow(ClassOutputs outputs)
    {
        var guesses = outputs.Logits.ArgMax(1).BeginRead();
        int[] classes = outputs.Classes;
        return () => 100.0 * guesses.ToArray<int>().Zip(classes).Count(g => g.First == g.Second);
    }
}
