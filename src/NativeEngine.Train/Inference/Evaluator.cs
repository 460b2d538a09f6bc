using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Measures loss and accuracy.</summary>
public static class Evaluator
{
    private const int TopK = 5;

    /// <summary>
    /// Runs a model over a data set in evaluation mode; its mode is restored afterwards and nothing of a training's state changes. With fewer than
    /// six classes top-5 is 100 %.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Images of the model's size with its classes, or their features.</param>
    /// <param name="batchSize">Images per batch.</param>
    /// <param name="workers">Threads that prepare batches.</param>
    /// <param name="progress">Told after each batch: done, of.</param>
    /// <param name="distance">Also measures recall@1 of the pooled features, compared so; null for none.</param>
    /// <param name="stop">Ends the evaluation with <see cref="OperationCanceledException"/>.</param>
    public static EvalResult Run(Model model, Dataset data, int batchSize, int workers, Action<int, int>? progress = null, EmbeddingDistance? distance = null,
        CancellationToken stop = default)
    {
        var clock = Stopwatch.StartNew();
        var engine = model.Engine;
        using var evaluation = model.PauseTraining();
        using var noGrad = engine.NoGrad();
        var plan = EpochPlan.InOrder(data.Count, batchSize);
        using var loader = new BatchLoader(data, plan, Augmentation.None, engine.Seed, workers);
        var uploader = new BatchUploader(engine, data);
        var retrieval = distance is { } compared ? new Retrieval(engine, compared) : null;
        double loss = 0;
        long first = 0, among = 0;
        while (loader.Next() is { } host)
        {
            stop.ThrowIfCancellationRequested();
            using var step = engine.BeginStep();
            var batch = uploader.Upload(host);
            Tensor logits;
            if (retrieval is null)
            {
                logits = data is FeatureDataset ? model.Classify(batch.Images) : model.Forward(batch.Images);
            }
            else
            {
                var features = data is FeatureDataset ? batch.Images : model.Features(batch.Images);
                logits = model.Classify(features);
                retrieval.Add(Pooled(features), host.Labels);
            }

            loss += logits.CrossEntropy(batch.Labels, reduction: Reduction.Sum).Item();
            int k = Math.Min(TopK, logits.Shape[1]);
            var guesses = logits.TopK(k).Indices.ToArray<int>();
            var labels = host.Labels;
            for (int i = 0; i < labels.Length; i++)
            {
                int rank = guesses.AsSpan(i * k, k).IndexOf(labels[i]);
                first += rank == 0 ? 1 : 0;
                among += rank >= 0 ? 1 : 0;
            }

            progress?.Invoke(host.Index + 1, plan.Batches);
        }

        double? recall = retrieval?.RecallAt1(stop);
        return new EvalResult(loss / data.Count, 100.0 * first / data.Count, 100.0 * among / data.Count, data.Count,
            clock.Elapsed.TotalSeconds)
        { Recall1 = recall };
    }

    /// <summary>Features as embeddings [B, D]: a model that classifies before it pools gives a map.</summary>
    internal static Tensor Pooled(Tensor features) => features.Shape.Rank == 2 ? features : features.Mean([2, 3]);
}
