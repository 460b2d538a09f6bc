namespace NativeEngine.Cuda.Native;

/// <summary>One row of a function table: the exported name a field is filled from.</summary>
/// <remarks>Versioned names are written out (<c>cuMemAlloc_v2</c>), because the un-versioned export is an older ABI. Several names are tried in
/// order.</remarks>
[AttributeUsage(AttributeTargets.Field)]
public sealed class NativeSymbolAttribute(params string[] names) : Attribute
{
    /// <summary>Exported names, the preferred one first.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>True when the engine works without this symbol; a missing optional symbol is reported and answers "not supported".</summary>
    public bool Optional { get; init; }
}
