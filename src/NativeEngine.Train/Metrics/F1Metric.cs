using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>
/// Macro F1 in percent at a probability of one half: of each class 2·TP / (2·TP + FP + FN), 0 where that is 0 / 0, the mean over the classes.
/// </summary>
public sealed record F1Metric : Metric<MultiLabelOutputs>
{
    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override IMeasurement<MultiLabelOutputs> Start(Engine engine) =>
        new AnswersPerClass(classes => classes.Count == 0 ? 0 : 100 * classes.Average(c => F1(c.Scores, c.Answers)));

    private static double F1(float[] scores, bool[] answers)
    {
        int right = 0, wrong = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            bool said = scores[i] >= 0;
            right += said && answers[i] ? 1 : 0;
            wrong += said != answers[i] ? 1 : 0;
        }

        return right == 0 ? 0 : 2.0 * right / ((2.0 * right) + wrong);
    }
}
