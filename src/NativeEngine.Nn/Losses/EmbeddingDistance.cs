namespace NativeEngine.Nn;

/// <summary>How a loss of embeddings compares two of them.</summary>
public enum EmbeddingDistance
{
    /// <summary>By the length of their difference.</summary>
    Euclidean,

    /// <summary>By the angle between them.</summary>
    Cosine,
}
