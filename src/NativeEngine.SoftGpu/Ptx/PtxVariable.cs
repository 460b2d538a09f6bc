namespace NativeEngine.SoftGpu;

/// <summary>The address space of a variable or memory instruction.</summary>
public enum PtxSpace : byte
{
    Generic,
    Global,
    Shared,
    Local,
    Const,
    Param,
}

/// <summary>A variable or kernel parameter: its space, element type, alignment, element count and, for global and constant memory, first contents.</summary>
public sealed class PtxVariable(string name, PtxSpace space, PtxType type, int alignment, long count, int line)
{
    public string Name { get; } = name;

    public PtxSpace Space { get; } = space;

    public PtxType Type { get; } = type;

    /// <summary>Alignment in bytes, a power of two.</summary>
    public int Alignment { get; } = alignment;

    /// <summary>Number of elements; 1 for a scalar, 0 for an unsized <c>.extern .shared</c> array.</summary>
    public long Count { get; } = count;

    /// <summary>The sizes in brackets, outermost first, and the elements of a vector.</summary>
    internal IReadOnlyList<long> Extents { get; init; } = [];

    /// <summary>True when the variable was declared with brackets.</summary>
    public bool IsArray { get; internal init; }

    /// <summary>True for <c>.extern .shared name[]</c>, whose size comes with the launch.</summary>
    public bool IsDynamic { get; internal init; }

    /// <summary>True for variables of a thread's frame: locals, and the parameters, results and arguments of calls.</summary>
    public bool IsInFrame { get; internal init; }

    /// <summary>The register that a <c>.reg</c> parameter or result of a function is, or null.</summary>
    internal PtxRegister? Register { get; init; }

    /// <summary>Line of the declaration.</summary>
    public int Line { get; } = line;

    /// <summary>Size in bytes.</summary>
    public long Bytes => Count * Type.Size();

    /// <summary>Byte offset in the parameter, shared or local window.</summary>
    public int Offset { get; internal set; }

    /// <summary>First contents, or null when the variable starts as zeros.</summary>
    public byte[]? Initial { get; internal set; }

    /// <summary>Addresses in the first contents.</summary>
    internal IReadOnlyList<PtxRelocation> Relocations { get; set; } = [];
}
