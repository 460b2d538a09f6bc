namespace NativeEngine.Data;

/// <summary>What a part of an image is painted over with.</summary>
public enum EraseMode
{
    /// <summary>The mean colour, which is 0 behind normalisation.</summary>
    Const,

    /// <summary>One random colour, normally distributed around the mean.</summary>
    Rand,

    /// <summary>A random colour for each pixel.</summary>
    Pixel,
}
