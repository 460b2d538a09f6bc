namespace NativeEngine.Data;

/// <summary>Which library decodes a kind of file.</summary>
internal enum ImageSource
{
    /// <summary>None: it is recognised to be named.</summary>
    None,

    /// <summary>The one that is chosen.</summary>
    Either,

    /// <summary>ImageSharp, which alone can.</summary>
    ImageSharp,

    /// <summary>The own reader, see <see cref="PnmDecoder"/>.</summary>
    Own,
}
