namespace NativeEngine.Data;

/// <summary>Which images of a batch are mixed alike.</summary>
public enum MixMode
{
    /// <summary>All, with one λ or box.</summary>
    Batch,

    /// <summary>Each pair of partners has its own.</summary>
    Pair,

    /// <summary>Each image has its own.</summary>
    Elem,
}
