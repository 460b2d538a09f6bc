using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>One class for each image; the loss may also compare the embeddings in front of the classifier.</summary>
public sealed class ClassificationTask : TrainingTask<ClassOutputs>
{
    /// <inheritdoc/>
    public override string Name => "classification";

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics =>
        field ??= [.. Catalogues.Metrics.Entries.Select(e => e.Create()).OfType<Metric<ClassOutputs>>().OrderBy(m => m.OnRequest)];

    /// <summary>top1, but recall@1 when no stage trains the classifier.</summary>
    /// <param name="stages">The settings of the stages.</param>
    public override Metric Decides(IEnumerable<TrainOptions> stages) =>
        stages.All(s => LossTerm.ParseSum(s.Loss, Catalogues.Losses).All(t => t.Loss is MetricLoss)) ? new Recall1Metric() : new Top1Metric();

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Measured(TrainOptions options, IReadOnlyCollection<string> asked)
    {
        var compares = TrainingLoss.Compares(options, Catalogues.Losses);
        bool Asked(Metric metric) => !metric.OnRequest || asked.Contains(metric.Name) || (compares is not null && metric is Recall1Metric);
        return [.. Metrics.Where(Asked).Select(m => compares is { } distance && m is EmbeddingMetric e ? e with { Distance = distance } : m)];
    }

    /// <inheritdoc/>
    public override void Validate(TrainOptions options)
    {
        base.Validate(options);
        TrainingLoss.Validate(options, Catalogues.Losses);
    }

    /// <inheritdoc/>
    public override Objective Begin(Network model, TrainOptions options, Dataset train) =>
        new ClassificationObjective(Classifier(model), options, train, this);

    /// <inheritdoc/>
    public override ClassOutputs Run(Network model, DeviceBatch batch, IReadOnlyList<Metric> metrics) =>
        Run(Classifier(model), batch, metrics.Any(m => m is EmbeddingMetric));

    /// <summary>Logits of images or of features in their place, with the pooled features where they are asked for.</summary>
    internal static ClassOutputs Run(Model model, DeviceBatch batch, bool embeddings, bool classifies = true)
    {
        var targets = (ClassIds)batch.Host;
        bool cached = batch.Images.Shape.Rank == 2;
        if (!embeddings)
            return new(cached ? model.Classify(batch.Images) : model.Forward(batch.Images), null, batch.Targets[0], targets);
        var features = cached ? batch.Images : model.Features(batch.Images);
        using var still = classifies ? null : model.Engine.NoGrad(); // logits that no term takes are not recorded
        return new(model.Classify(features), Pooled(features), batch.Targets[0], targets);
    }

    /// <summary>Features as embeddings [N, D]: a model that classifies before it pools gives a map.</summary>
    private static Tensor Pooled(Tensor features) => features.Shape.Rank == 2 ? features : features.Mean([2, 3]);

    private static Model Classifier(Network model) => model as Model
        ?? throw new UsageException($"{model.Architecture} is no classifier: classification trains models with features and logits");
}
