namespace NativeEngine.Data;

/// <summary>Which wrong class an image is said to be of.</summary>
public enum NoiseKind
{
    /// <summary>Any of the others, with equal chance.</summary>
    Symmetric,

    /// <summary>The next one, behind the last the first: classes that are mistaken for each other.</summary>
    Pair,
}
