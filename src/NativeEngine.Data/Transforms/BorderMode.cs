namespace NativeEngine.Data;

/// <summary>What lies outside an image that is padded.</summary>
public enum BorderMode
{
    /// <summary>One colour.</summary>
    Constant,

    /// <summary>The pixel of the edge.</summary>
    Edge,

    /// <summary>The image mirrored, without its edge.</summary>
    Reflect,

    /// <summary>The image mirrored, with its edge.</summary>
    Symmetric,
}
