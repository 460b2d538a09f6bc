using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// An optimizer with its hyper-parameters, which are the record's properties under PyTorch's names: <c>new AdamWSettings { Eps = 1e-6 }</c>, on the command
/// line <c>--opt adamw --opt-args eps=1e-6</c>. A new one is a public record in a file of its own; nothing else has to know it.
/// </summary>
public abstract record OptimizerSettings
{
    internal const string Suffix = "Settings";

    /// <summary>The optimizers of this assembly.</summary>
    public static OptimizerCatalogue Catalogue { get; } = new(RecordCatalogue<OptimizerSettings>.TypesOf(typeof(OptimizerSettings).Assembly));

    /// <summary>The name in messages and saved state: the type's, in snake case and without "Settings".</summary>
    public virtual string Name => RecordName.Of(GetType(), Suffix)[0];

    /// <summary>
    /// Weight decay where nobody asks for another: PyTorch's, the authors' own code for what PyTorch lacks, and for lamb the 0.01 of You et al. 2020, which
    /// timm takes, too.
    /// </summary>
    public virtual double DefaultWeightDecay => 0;

    /// <summary>Checks every parameter.</summary>
    /// <exception cref="UsageException">A value out of range.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>The optimizer over groups of parameters.</summary>
    /// <exception cref="UsageException">A value out of range.</exception>
    public abstract Optimizer Create(IReadOnlyList<ParameterGroup> groups, Clipping clipping = default);

    /// <summary>Throws a sentence that names optimizer and parameter unless the condition holds.</summary>
    protected void Require(bool condition, string parameter, object? value, string expected)
    {
        if (!condition)
            throw new UsageException(FormattableString.Invariant($"optimizer {Name}: {parameter} = {value}: expects {expected}"));
    }

    /// <summary>Requires a number of at least 0.</summary>
    protected void RequireNotNegative(string parameter, double value) => Require(value >= 0, parameter, value, "a number of at least 0");
}
