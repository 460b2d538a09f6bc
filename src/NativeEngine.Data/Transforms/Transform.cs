using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Data;

/// <summary>
/// A change of an image, random or not, with its parameters, which are the record's properties: <c>new RotateTransform { Degrees = 15, P = 0.3 }</c>, in a list
/// of
/// transforms <c>rotate(15,p=0.3)</c>. A new one is a public record in a file of its own; nothing else has to know it.
/// </summary>
public abstract record Transform
{
    private const string Suffix = "Transform";

    /// <summary>The transforms of this assembly. Others are added by <see cref="RecordCatalogue{T}.With"/>.</summary>
    public static RecordCatalogue<Transform> Catalogue { get; } = new("transform", Suffix, RecordCatalogue<Transform>.TypesOf(typeof(Transform).Assembly));

    /// <summary>The name in lists and messages: the type's, in snake case and without "Transform".</summary>
    public string Name => RecordName.Of(GetType(), Suffix)[0];

    /// <summary>True where it draws nothing and changes no size: then evaluation may have it, too.</summary>
    public virtual bool IsRandom => true;

    /// <summary>Checks the parameters.</summary>
    /// <exception cref="UsageException">One is out of range; says which.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>Changes an image.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="draws">Its random numbers.</param>
    /// <param name="context">What is known about the data and the run.</param>
    public abstract void Apply(Picture picture, Draws draws, TransformContext context);

    /// <summary>Throws a sentence that names transform and parameter unless the condition holds.</summary>
    protected void Require(bool condition, string parameter, object? value, string expected)
    {
        if (!condition)
            throw new UsageException(FormattableString.Invariant($"transform {Name}: {parameter} = {value}: expects {expected}"));
    }

    /// <summary>Throws unless a probability is one.</summary>
    protected void RequireChance(double p) => Require(p is >= 0 and <= 1, "p", p, "0 … 1");
}
