using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>A task whose models give <typeparamref name="TOutputs"/> for a batch.</summary>
/// <typeparam name="TOutputs">Outputs with the right answers.</typeparam>
public abstract class TrainingTask<TOutputs> : TrainingTask
{
    /// <summary>Runs the model on a batch that is evaluated; nothing is recorded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Images with targets.</param>
    /// <param name="metrics">What will be measured of the outputs.</param>
    public abstract TOutputs Run(Network model, DeviceBatch batch, IReadOnlyList<Metric> metrics);

    /// <inheritdoc/>
    public override Evaluation Evaluate(Network model, IReadOnlyList<Metric> metrics) =>
        new TypedEvaluation([.. metrics.Cast<Metric<TOutputs>>().Select(m => (m, m.Start(model.Engine)))], batch => Run(model, batch, metrics));

    private sealed class TypedEvaluation(List<(Metric<TOutputs> Metric, IMeasurement<TOutputs> Measurement)> all, Func<DeviceBatch, TOutputs> run) : Evaluation
    {
        public override void Add(DeviceBatch batch)
        {
            var outputs = run(batch);
            foreach (var (_, measurement) in all)
                measurement.Add(outputs);
        }

        public override IReadOnlyList<MetricValue> Finish(CancellationToken stop) =>
            [.. all.Select(m => new MetricValue(m.Metric, m.Measurement.Finish(stop)))];
    }
}
