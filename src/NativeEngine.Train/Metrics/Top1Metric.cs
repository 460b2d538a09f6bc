using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>Share of images whose class has the largest logit, in percent; of equal logits the first class counts.</summary>
public sealed record Top1Metric : Metric<ClassOutputs>, IFollowed<ClassOutputs>
{
    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override IMeasurement<ClassOutputs> Start(Engine engine) => new MeanOverImages<ClassOutputs>(o => o.RightAmongFirst(1), o => o.Count, 100);

    /// <inheritdoc/>
    public Func<double> Follow(ClassOutputs outputs)
    {
        var guesses = outputs.Logits.ArgMax(1).BeginRead();
        var targets = outputs.Targets;
        return () =>
        {
            int[] guessed = guesses.ToArray<int>();
            double right = 0;
            for (int i = 0; i < guessed.Length; i++)
                right += Right(targets, i, guessed[i]);
            return 100.0 * right;
        };
    }

    // Of a mixed image both classes are right, each by its share.
    private static double Right(ClassIds targets, int image, int guess) => targets is MixedIds mixed
        ? (guess == mixed.Ids[image] ? mixed.Share(image) : 0) + (guess == mixed.Partner(image) ? 1 - mixed.Share(image) : 0)
        : guess == targets.Ids[image] ? 1 : 0;
}
