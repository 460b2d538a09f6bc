using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>
/// Mean average precision in percent: of each class Σ (R_n - R_(n-1))·P_n over its distinct scores from the highest down, equal scores together, as
/// scikit-learn's
/// average_precision_score; the mean over the classes that any image has.
/// </summary>
public sealed record MapMetric : Metric<MultiLabelOutputs>
{
    /// <inheritdoc/>
    public override string Title => "mAP";

    /// <inheritdoc/>
    public override bool OnRequest => false;

    /// <inheritdoc/>
    public override IMeasurement<MultiLabelOutputs> Start(Engine engine) => new AnswersPerClass(classes =>
    {
        double[] all = [.. classes.Where(c => c.Answers.Contains(true)).Select(c => AveragePrecision(c.Scores, c.Answers))];
        return all.Length == 0 ? 0 : 100 * all.Average();
    });

    /// <summary>The average precision of one class that some image has, 0 … 1.</summary>
    /// <param name="scores">A score of each image.</param>
    /// <param name="answers">True for the images of the class.</param>
    public static double AveragePrecision(IReadOnlyList<float> scores, IReadOnlyList<bool> answers)
    {
        int[] order = [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i])];
        int positives = answers.Count(a => a), right = 0;
        double sum = 0, recall = 0;
        for (int i = 0; i < order.Length; i++)
        {
            right += answers[order[i]] ? 1 : 0;
            if (i + 1 < order.Length && scores[order[i + 1]] == scores[order[i]])
                continue;
            double now = (double)right / positives;
            sum += (now - recall) * right / (i + 1);
            recall = now;
        }

        return sum;
    }
}
