namespace NativeEngine.Nn;

/// <summary>Names under which a record stands in its catalogue, where the one made from the type's name is not it, or not the only one.</summary>
/// <param name="names">The name, then other words for it.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, Inherited = false)]
public sealed class CatalogueNameAttribute(params string[] names) : Attribute
{
    /// <summary>The name, then other words for it.</summary>
    public IReadOnlyList<string> Names { get; } = names;
}
