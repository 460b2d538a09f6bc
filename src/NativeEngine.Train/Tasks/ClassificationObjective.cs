using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>A sum of losses on logits and embeddings.</summary>
internal sealed class ClassificationObjective : Objective
{
    private readonly Model _model;
    private readonly TrainOptions _options;
    private readonly Dataset _train;
    private readonly CombinedLoss _loss;
    private readonly EmbeddingWatch? _embeddings;
    private readonly List<Metric> _followed;

    public ClassificationObjective(Model model, TrainOptions options, Dataset train, TrainingTask task)
    {
        (_model, _options, _train) = (model, options, train);
        _loss = TrainingLoss.Create(options, train, task.Catalogues.Losses);
        _embeddings = _loss.TakesFeatures ? new EmbeddingWatch(_loss, options.BatchSize) : null;
        _followed = [.. task.Metrics.Where(m => m is IFollowed<ClassOutputs>)];
    }

    public override IReadOnlyList<Metric> Followed => _followed;

    public override IEnumerable<string> Notes(Metric deciding)
    {
        if (!_loss.TakesLogits)
            yield return $"loss {_options.Loss} does not train the classifier {_model.Head}: top1 says nothing about the embeddings, recall@1 does; "
                + $"ce+{_options.Loss} trains both{(_options.EvalMetric == "auto" ? $"; {deciding.Name} decides the best epoch" : "")}";
        foreach (var (_, term) in _loss.Terms)
        {
            string[] empty = [.. ((term as ClassBalancedLoss)?.Counts ?? []).Index().Where(c => c.Item == 0).Select(c => _train.Classes[c.Index])];
            if (empty.Length > 0)
                yield return $"loss {term.Name}: no training image of class {NameList.Some(empty, most: 5)}; such classes weigh 0, the others share the "
                    + "weights";
        }
    }

    public override BatchLoss Compute(DeviceBatch batch, double share, bool follow)
    {
        var outputs = ClassificationTask.Run(_model, batch, _loss.TakesFeatures, _loss.TakesLogits);
        var loss = _loss.Compute(outputs.Logits, outputs.Embeddings, outputs.Labels, share,
            batch.Host is MixedIds ? batch.Targets[1] : null);
        var sums = new List<(string, Func<double[]>)>();
        if (!follow)
            return new BatchLoss(loss, sums);
        foreach (var metric in _followed)
        {
            var take = ((IFollowed<ClassOutputs>)metric).Follow(outputs);
            sums.Add((metric.Name, () => [take()]));
        }

        if (outputs.Embeddings is { } embeddings)
            sums.Add(_embeddings!.Follow(embeddings, outputs.Labels));
        return new BatchLoss(loss, sums);
    }

    public override TrainingFacts? Facts(TrainingSums sums) => _embeddings?.Of(sums);

    public override void Watch(TrainingSums update, TrainingSums epoch, bool isLogged)
    {
        if (_embeddings?.Count(update, epoch, isLogged) is { } warning)
            Warn?.Invoke(warning);
    }
}
