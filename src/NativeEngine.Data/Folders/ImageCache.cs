namespace NativeEngine.Data;

/// <summary>Whether decoded and shrunk images are kept in memory; the pixels are the same.</summary>
public enum ImageCache
{
    /// <summary>Kept where all of them take less than half of the free memory.</summary>
    Auto,

    /// <summary>Kept; too many are an error.</summary>
    Ram,

    /// <summary>Decoded whenever they are read.</summary>
    None,
}
