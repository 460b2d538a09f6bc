namespace NativeEngine.Data;

/// <summary>What is worth saying about a file that was read.</summary>
[Flags]
public enum ImageRemarks
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Some of its pixels are transparent.</summary>
    Transparent = 1,

    /// <summary>It has 16 bits for each pixel's grey, of which the upper 8 are kept.</summary>
    DeepGrey = 2,

    /// <summary>A JPEG file whose end marker is missing; all pixels are there.</summary>
    NoEnd = 4,
}
