using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Any number of classes for each image: a logit is the answer to one question, is the class in it. Binary cross-entropy is the loss where nobody names another
/// of float targets; the mean average precision decides.
/// </summary>
public sealed class MultiLabelTask : TrainingTask<MultiLabelOutputs>
{
    private const string DefaultLoss = "bce_with_logits", LossOfClasses = "ce";

    /// <inheritdoc/>
    public override string Name => "multi_label";

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics => field ??=
        [new MultiLabelLossMetric(), .. Catalogues.Metrics.Entries.Select(e => e.Create()).OfType<Metric<MultiLabelOutputs>>().OrderBy(m => m.OnRequest)];

    /// <inheritdoc/>
    public override Metric Decides(IEnumerable<TrainOptions> stages) => new MapMetric();

    /// <inheritdoc/>
    public override TargetBatch CreateTargets(Dataset data, int capacity) => new ClassRows(capacity, data.Classes.Count);

    /// <inheritdoc/>
    public override TrainOptions Complete(TrainOptions options) => options.Loss == LossOfClasses ? options with { Loss = DefaultLoss } : options;

    /// <inheritdoc/>
    public override void Validate(TrainOptions options)
    {
        base.Validate(options);
        if (options.Loss != LossOfClasses)
            _ = LossOf(options);
        if (options.Mixes)
            throw new UsageException("mixup and cutmix mix images of one class each; images of several classes are not mixed");
        if (options.LabelNoise > 0)
            throw new UsageException("label_noise changes the one class of an image; these images have several");
    }

    /// <inheritdoc/>
    public override MultiLabelOutputs Run(Network model, DeviceBatch batch, IReadOnlyList<Metric> metrics) =>
        new(model.Forward(batch.Images), batch.Targets[0], (ClassRows)batch.Host);

    /// <inheritdoc/>
    public override Tensor Probabilities(Tensor logits) => logits.Sigmoid();

    /// <inheritdoc/>
    public override Objective Begin(Network model, TrainOptions options, Dataset train) => new MultiLabelObjective(this, model, LossOf(Complete(options)));

    private CombinedLoss LossOf(TrainOptions options)
    {
        var loss = CombinedLoss.Parse(options.Loss, catalogue: Catalogues.Losses);
        return loss.Terms.FirstOrDefault(t => !t.Loss.TakesFloatTarget).Loss is { } other
            ? throw new UsageException($"loss {other.Name} takes one class for an image, these have several; bce_with_logits, mse, l1 and smooth_l1 take them")
            : loss;
    }

    private sealed class MultiLabelObjective(MultiLabelTask task, Network model, CombinedLoss loss) : Objective
    {
        public override IReadOnlyList<Metric> Followed => [];

        public override BatchLoss Compute(DeviceBatch batch, double share, bool follow)
        {
            var outputs = task.Run(model, batch, []);
            return new BatchLoss(loss.Compute(outputs.Logits, null, outputs.Rows, share, outputs.Rows), []);
        }
    }
}
