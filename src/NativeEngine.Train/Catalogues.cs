using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// What settings choose from by name. Whoever adds something of his own hands in a copy with it:
/// <c>Catalogues.Default with { Losses = LossFunction.Catalogue.With&lt;MyLoss&gt;() }</c>, see <see cref="TrainingTask.Catalogues"/>.
/// </summary>
public sealed record Catalogues
{
    /// <summary>All that the engine brings.</summary>
    public static Catalogues Default { get; } = new();

    /// <summary>Losses, the names in <see cref="TrainOptions.Loss"/>.</summary>
    public RecordCatalogue<LossFunction> Losses { get; init; } = LossFunction.Catalogue;

    /// <summary>Optimizers, the names in <see cref="TrainOptions.Opt"/>.</summary>
    public OptimizerCatalogue Optimizers { get; init; } = OptimizerSettings.Catalogue;

    /// <summary>Forms of data sets, the names in <see cref="TrainOptions.Dataset"/>.</summary>
    public DatasetFormats Formats { get; init; } = DatasetFormats.Default;

    /// <summary>Metrics, the names in <see cref="TrainOptions.EvalMetric"/>; a task takes those of its own outputs.</summary>
    public RecordCatalogue<Metric> Metrics { get; init; } = Metric.Catalogue;
}
