using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Measures a model on a data set.</summary>
/// <param name="task">What the model is for.</param>
/// <param name="model">The model.</param>
/// <param name="batchSize">Images per batch.</param>
/// <param name="workers">Threads that prepare batches.</param>
public sealed class Evaluator(TrainingTask task, Network model, int batchSize, int workers)
{
    /// <summary>Runs the model over a data set in evaluation mode; its mode is restored afterwards and nothing of a training's state changes.</summary>
    /// <param name="data">Images of the model's size with its classes, or their features.</param>
    /// <param name="metrics">What is measured, see <see cref="TrainingTask.Measured"/>.</param>
    /// <param name="progress">Told after each batch: done, of.</param>
    /// <param name="stop">Ends the evaluation with <see cref="OperationCanceledException"/>.</param>
    public EvalResult Run(Dataset data, IReadOnlyList<Metric> metrics, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var clock = Stopwatch.StartNew();
        var engine = model.Engine;
        using var evaluating = model.PauseTraining();
        using var noGrad = engine.NoGrad();
        var plan = EpochPlan.InOrder(data.Count, batchSize);
        using var loader = new BatchLoader(data, plan, Augmentation.None, engine.Seed, workers, targets: n => task.CreateTargets(data, n));
        var uploader = new BatchUploader(engine, data);
        var evaluation = task.Evaluate(model, metrics);
        while (loader.Next() is { } host)
        {
            stop.ThrowIfCancellationRequested();
            using var step = engine.BeginStep();
            evaluation.Add(uploader.Upload(host));
            progress?.Invoke(host.Index + 1, plan.Batches);
        }

        var values = evaluation.Finish(stop).ToDictionary(v => v.Metric.Name, v => v.Value);
        return new EvalResult(data.Count, clock.Elapsed.TotalSeconds) { Values = values };
    }
}
