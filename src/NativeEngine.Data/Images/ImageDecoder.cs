namespace NativeEngine.Data;

/// <summary>A library at work on one file: its header has been read, and the size checked against what the file can hold.</summary>
internal abstract class ImageDecoder : IDisposable
{
    /// <summary>Columns as stored.</summary>
    public abstract int Width { get; }

    /// <summary>Rows as stored.</summary>
    public abstract int Height { get; }

    /// <summary>True where no pixel can be transparent.</summary>
    public abstract bool Opaque { get; }

    /// <summary>What is worth saying about the file.</summary>
    public virtual ImageRemarks Remarks => ImageRemarks.None;

    /// <summary>Decodes the first frame.</summary>
    /// <param name="pixels">Room for RGBA, not premultiplied: [Height, Width, 4]. Grey pictures may be written as [Height, Width].</param>
    /// <param name="buffer">The array that <paramref name="pixels"/> is the beginning of.</param>
    /// <returns>4, or 1 for grey.</returns>
    /// <exception cref="Core.DataException">Damaged or truncated.</exception>
    public abstract int Decode(Span<byte> pixels, byte[] buffer);

    /// <summary>Decodes some rows alone, where the library can: the same bytes as <see cref="Decode"/> gives for them.</summary>
    /// <param name="top">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="buffer">Room for [rows, Width, 4].</param>
    /// <returns>4, or 1 for grey; 0 where it cannot.</returns>
    /// <exception cref="Core.DataException">Damaged or truncated.</exception>
    public virtual int DecodeRows(int top, int rows, byte[] buffer) => 0;

    /// <inheritdoc/>
    public abstract void Dispose();
}
