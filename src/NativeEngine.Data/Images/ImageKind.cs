using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>A kind of file, recognised by its contents.</summary>
/// <param name="Name">As a person calls it.</param>
/// <param name="Source">Who decodes it.</param>
/// <param name="MostPixels">Pixels that a byte of the file can stand for at most: a header that promises more is refused before anything is allocated; 0 where
/// there is no limit.</param>
/// <param name="Matches">Whether a file that begins so is one.</param>
internal sealed record ImageKind(string Name, ImageSource Source, int MostPixels, ImageKind.Test Matches)
{
    /// <summary>Looks at a file.</summary>
    public delegate bool Test(ReadOnlySpan<byte> file);

    public static ImageKind Jpeg { get; } = new("JPEG", ImageSource.Either, 8192, f => f.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8]));

    public static ImageKind Png { get; } =
        new("PNG", ImageSource.Either, 8 * 1032, f => f.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));

    public static ImageKind Gif { get; } = new("GIF", ImageSource.Either, 4096, f => f.StartsWith("GIF87a"u8) || f.StartsWith("GIF89a"u8));

    public static ImageKind WebP { get; } = new("WebP", ImageSource.Either, 0, f => Text(f, 0, "RIFF") && Text(f, 8, "WEBP"));

    public static ImageKind Bmp { get; } = new("BMP", ImageSource.Either, 0,
        f => Text(f, 0, "BM") && f.Length > 18 && BinaryPrimitives.ReadUInt32LittleEndian(f[14..]) is 12 or 16 or 40 or 52 or 56 or 64 or 108 or 124);

    public static ImageKind Pnm { get; } = new("PBM, PGM or PPM", ImageSource.Own, 8,
        f => f.Length > 2 && f[0] == 'P' && f[1] is >= (byte)'1' and <= (byte)'6' && f[2] is 9 or 10 or 13 or 32 or (byte)'#');

    public static ImageKind Tga { get; } = new("TGA", ImageSource.ImageSharp, 128, IsTga);

    /// <summary>Every kind that is recognised; the first that matches counts.</summary>
    public static IReadOnlyList<ImageKind> All { get; } =
    [
        Jpeg, Png, Gif, WebP, Bmp, Pnm,
        Other("TIFF", f => Text(f, 0, "II*\0") || Text(f, 0, "MM\0*") || Text(f, 0, "II+\0") || Text(f, 0, "MM\0+")),
        Other("JPEG 2000", f => Text(f, 4, "jP  ") || f.StartsWith((ReadOnlySpan<byte>)[0xff, 0x4f, 0xff, 0x51])),
        Other("JPEG XL", f => Text(f, 4, "JXL ") || f.StartsWith((ReadOnlySpan<byte>)[0xff, 0x0a])),
        Other("AVIF", f => Text(f, 4, "ftypavi")),
        Other("HEIC", f => Text(f, 4, "ftyphe") || Text(f, 4, "ftypmif1") || Text(f, 4, "ftypmsf1")),
        Other("video (MP4 or QuickTime)", f => Text(f, 4, "ftyp") || Text(f, 4, "moov")),
        Other("Photoshop", f => Text(f, 0, "8BPS")),
        Other("icon (ICO)", f => f.Length > 5 && f.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0]) && f[4] > 0),
        Other("DDS", f => Text(f, 0, "DDS ")),
        Other("OpenEXR", f => f.StartsWith((ReadOnlySpan<byte>)[0x76, 0x2f, 0x31, 0x01])),
        Other("PCX", f => f.Length > 3 && f[0] == 10 && f[1] <= 5 && f[2] == 1 && f[3] is 1 or 2 or 4 or 8),
        Other("SGI", f => f.Length > 3 && f.StartsWith((ReadOnlySpan<byte>)[1, 0xda]) && f[2] <= 1 && f[3] is 1 or 2),
        Other("PAM or PFM", f => Text(f, 0, "P7\n") || Text(f, 0, "PF\n") || Text(f, 0, "Pf\n")),
        Other("PDF", f => Text(f, 0, "%PDF")),
        Other("zip archive", f => Text(f, 0, "PK\x3\x4")),
        Other("gzip", f => f.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b])),
        Other("NumPy", f => Text(f, 1, "NUMPY")),
        Other("pointer of Git LFS instead of the picture", f => Text(f, 0, "version https://git-lfs")),
        Other("SVG, XML or HTML", f => Text(f, 0, "<") || Text(f, 0, "\xef\xbb\xbf<")),
    ];

    /// <summary>Names of the kinds that are read, for sentences.</summary>
    public static string Readable { get; } = "PNG, JPEG, GIF, BMP, WebP, TGA, PBM, PGM or PPM";

    /// <summary>The kind of a file, or null where it is none that is known.</summary>
    /// <param name="file">The contents.</param>
    /// <param name="path">A TGA file without a footer is known by its name alone.</param>
    public static ImageKind? Of(ReadOnlySpan<byte> file, string path)
    {
        foreach (var kind in All)
        {
            if (kind.Matches(file))
                return kind;
        }

        return Tga.Matches(file) || string.Equals(Path.GetExtension(path), ".tga", StringComparison.OrdinalIgnoreCase) ? Tga : null;
    }

    private static ImageKind Other(string name, Test matches) => new(name, ImageSource.None, 0, matches);

    private static bool IsTga(ReadOnlySpan<byte> file) => file.Length > 44 && file[^18..].StartsWith("TRUEVISION-XFILE."u8);

    private static bool Text(ReadOnlySpan<byte> file, int at, string text)
    {
        if (file.Length < at + text.Length)
            return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (file[at + i] != text[i])
                return false;
        }

        return true;
    }
}
