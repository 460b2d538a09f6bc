using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The bytes of an image file, what they are, and the checks that come before decoding.</summary>
/// <param name="Bytes">The whole file.</param>
/// <param name="Kind">A kind that is read.</param>
/// <param name="Name">Shown in messages.</param>
internal sealed record ImageFile(byte[] Bytes, ImageKind Kind, string Name)
{
    /// <summary>Larger images are refused: Pillow's limit for what it calls a decompression bomb.</summary>
    public const int MaxPixels = 178_956_970;

    /// <summary>True for a PNG file of 16 bits of grey.</summary>
    public bool IsDeepGrey => Kind == ImageKind.Png && Bytes.Length > 25 && Bytes[24] == 16 && Bytes[25] == 0;

    private const int Harmless = 1 << 16; // pixels that a broken header may always promise

    /// <summary>Refuses sizes that the file cannot hold or that nobody means.</summary>
    /// <exception cref="DataException">Says which.</exception>
    public void CheckSize(int width, int height)
    {
        if (width < 1 || height < 1)
            throw new DataException($"{Name}: damaged {Kind.Name} file: {width}x{height} pixels");
        long pixels = (long)width * height;
        if (pixels > MaxPixels)
            throw new DataException($"{Name}: {width}x{height} pixels, expected at most {MaxPixels / 1_000_000} million");
        if (Kind.MostPixels > 0 && pixels > Harmless && pixels / Kind.MostPixels > Bytes.Length)
            throw new DataException($"{Name}: damaged {Kind.Name} file: {Bytes.Length} bytes are too small for {width}x{height} pixels");
    }

    public DataException Damaged(string what) => new($"{Name}: damaged or truncated {Kind.Name} file{(what.Length > 0 ? $" ({what.TrimEnd('.')})" : "")}");
}
