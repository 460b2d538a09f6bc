using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// A loss with its parameters, which are the record's properties: <c>new TripletLoss(Margin: 0.5)</c>, on the command line <c>triplet(margin=0.5)</c>.
/// A new one is a public record in a file of its own; nothing else has to know it.
/// </summary>
public abstract record LossFunction
{
    private const string Suffix = "Loss";

    private readonly DeviceVectors _vectors = new();

    /// <summary>The losses of this assembly; <c>ce</c> is another word for <c>cross_entropy</c>. Others are added by
    /// <see cref="RecordCatalogue{T}.With"/>.</summary>
    public static RecordCatalogue<LossFunction> Catalogue { get; } = new("loss", Suffix, RecordCatalogue<LossFunction>.TypesOf(typeof(LossFunction).Assembly));

    /// <summary>The name in messages: the type's, in snake case and without "Loss".</summary>
    public string Name => RecordName.Of(GetType(), Suffix)[0];

    /// <summary>True when the target is a float tensor of the input's shape, not class ids.</summary>
    public virtual bool TakesFloatTarget => false;

    /// <summary>True when the target may also be a float tensor of the input's shape: probabilities of the classes.</summary>
    public virtual bool TakesProbabilities => false;

    /// <summary>True when the input is log-probabilities, not logits.</summary>
    public virtual bool TakesLogProbabilities => false;

    /// <summary>True when the value is a sum over the rows of a batch, not their mean.</summary>
    public virtual bool Sums => false;

    /// <summary>True when the value is one number, which can be trained on.</summary>
    public virtual bool IsScalar => true;

    /// <summary>Target of rows that do not count; null where every row counts.</summary>
    public virtual int? Ignored => null;

    /// <summary>The parameters that hold one number per class, with their names; those that are not set are null.</summary>
    public virtual IEnumerable<(string Name, IReadOnlyList<double>? Values)> ClassVectors => [];

    /// <summary>The value; recorded for backward.</summary>
    /// <param name="input">Logits [B, K], or embeddings [B, D] for a <see cref="MetricLoss"/>.</param>
    /// <param name="target">Int32 [B] class ids, or floats of the input's shape.</param>
    public abstract Tensor Compute(Tensor input, Tensor target);

    /// <summary>Checks every parameter.</summary>
    /// <exception cref="UsageException">A value out of range.</exception>
    public virtual void Validate()
    {
        foreach (var (name, values) in ClassVectors)
            Require(values?.All(v => v >= 0 && double.IsFinite(v)) != false, name, values?.FirstOrDefault(v => !(v >= 0 && double.IsFinite(v))),
                "finite numbers of at least 0");
    }

    /// <summary>The same loss with weights of the classes, or null when it takes none.</summary>
    public virtual LossFunction? WithClassWeights(IReadOnlyList<double> weights) => null;

    /// <summary>The same loss with label smoothing, or null when it takes none.</summary>
    public virtual LossFunction? WithSmoothing(double smoothing) => null;

    /// <summary>The same loss knowing the number of images of each class, or null when it does not ask for it.</summary>
    public virtual LossFunction? WithClassSizes(IReadOnlyList<double> sizes) => null;

    /// <summary>Throws a sentence that names loss and parameter unless the condition holds.</summary>
    protected void Require(bool condition, string parameter, object? value, string expected)
    {
        if (!condition)
            throw new UsageException(FormattableString.Invariant($"loss {Name}: {parameter} = {value ?? "none"}: expects {expected}"));
    }

    /// <summary>A vector on the input's device, uploaded once.</summary>
    /// <param name="values">The vector; null gives null.</param>
    /// <param name="like">A tensor of the device.</param>
    /// <param name="made">What is uploaded in its place; the same for the same vector.</param>
    protected Tensor? OnDevice(IReadOnlyList<double>? values, Tensor like, Func<IReadOnlyList<double>, double[]>? made = null) => values is null ? null
        : _vectors.On(values, like, made);
}
