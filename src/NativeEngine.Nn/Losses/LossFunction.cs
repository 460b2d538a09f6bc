using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A loss by name, with its parameters checked once.</summary>
public sealed class LossFunction
{
    private readonly LossDefinition _definition;
    private readonly LossOptions _options;
    private readonly Dictionary<IReadOnlyList<double>, Tensor> _vectors = new(ReferenceEqualityComparer.Instance);

    private LossFunction(LossDefinition definition, LossOptions options)
    {
        _definition = definition;
        _options = options;
    }

    /// <summary>All names; <c>ce</c> is another word for <c>cross_entropy</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. LossDefinition.All.Select(d => d.Name)];

    /// <summary>The name.</summary>
    public string Name => _definition.Name;

    /// <summary>True when the loss takes embeddings [B, D] in place of logits: a metric-learning loss.</summary>
    public bool TakesFeatures => Compares is not null;

    /// <summary>How a loss that takes embeddings compares them; null for the others.</summary>
    public EmbeddingDistance? Compares => _definition.Compares;

    /// <summary>True when the target is a float tensor of the input's shape, not class ids.</summary>
    public bool TakesFloatTarget => _definition.TakesFloatTarget;

    /// <summary>True when the input is log-probabilities, not logits.</summary>
    public bool TakesLogProbabilities => _definition.TakesLogProbabilities;

    /// <summary>True when the value is a sum over the rows of a batch, not their mean.</summary>
    public bool Sums => _definition.AlwaysSums || _options.Reduction == Reduction.Sum;

    /// <summary>The parameters with all defaults filled in.</summary>
    public LossOptions Options => _options;

    /// <summary>The loss of this name.</summary>
    /// <exception cref="UsageException">unknown name (with the nearest), a parameter it does not have, a value out of range</exception>
    public static LossFunction Create(string name, LossOptions? options = null)
    {
        var definition = LossDefinition.Of(name);
        return new LossFunction(definition, definition.Resolve(options ?? new LossOptions()));
    }

    /// <summary>The parameters that the loss of this name takes, in the spelling of the command line; vectors are <c>class_alpha</c>, <c>weight</c>, ….</summary>
    public static IReadOnlySet<string> Takes(string name) => LossDefinition.Of(name).Takes;

    /// <summary>The value; recorded for backward.</summary>
    /// <param name="input">Logits [B, K], or embeddings [B, D] for a metric loss</param>
    /// <param name="target">Int32 [B] class ids, or floats of the input's shape</param>
    public Tensor Compute(Tensor input, Tensor target) => _definition.Compute(this, input, target);

    /// <summary>The class weights of class_balanced, computed once.</summary>
    internal double[]? BalancedWeights { get; set; }

    /// <summary>A vector of the options on the input's device, uploaded once.</summary>
    internal Tensor? OnDevice(IReadOnlyList<double>? values, Tensor like)
    {
        if (values is null)
            return null;
        if (_vectors.TryGetValue(values, out var known) && known.Engine == like.Engine)
            return known;
        var tensor = like.Engine.EmptyPersistent([values.Count]);
        tensor.CopyFrom<double>(values.ToArray());
        return _vectors[values] = tensor;
    }
}
