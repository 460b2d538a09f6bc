using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// A figure that says how good a model is: its name, which way is better, and how it is written. Console lines, the columns of summary.csv, JSON, the best
/// epoch, patience and a plateau of the schedule all go by the metrics of a <see cref="TrainingTask"/>. A new one is a public record in a file of its own,
/// derived from <see cref="Metric{TOutputs}"/>; nothing else has to know it.
/// </summary>
public abstract record Metric
{
    private const string Suffix = "Metric";

    /// <summary>A metric named after its type.</summary>
    protected Metric() => Name = RecordName.Of(GetType(), Suffix)[0];

    /// <summary>The metrics of this assembly. Others are added by <see cref="RecordCatalogue{T}.With"/>.</summary>
    public static RecordCatalogue<Metric> Catalogue { get; } = new("metric", Suffix, RecordCatalogue<Metric>.TypesOf(typeof(Metric).Assembly));

    /// <summary>The name in settings and files, without a prefix: <c>recall1</c>.</summary>
    public string Name { get; }

    /// <summary>The name in lines for people: <c>recall@1</c>.</summary>
    public virtual string Title => Name;

    /// <summary>False of losses and errors.</summary>
    public virtual bool HigherIsBetter => true;

    /// <summary>
    /// Measured only where somebody asks for it: the loss, or <see cref="TrainOptions.EvalMetric"/>. Its column stands behind those of all runs.
    /// </summary>
    public virtual bool OnRequest => true;

    /// <summary>How lines for people write it.</summary>
    public virtual string Format => "F2";

    /// <summary>How summary.csv writes it.</summary>
    public virtual string FileFormat => "F3";

    /// <summary>Digits behind the point in the result of an evaluation.</summary>
    public virtual int Digits => 4;
}
