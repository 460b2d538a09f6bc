using System.Buffers.Binary;
using System.IO.Compression;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A strict PNG reader (ISO/IEC 15948): grey, grey with alpha, RGB, RGBA and palette images of up to 16 bits per sample (of
/// which 8 are kept), interlaced or not. Every chunk's checksum is compared; memory is bounded by <see cref="MaxPixels"/> before anything is allocated.
/// </summary>
public static class PngReader
{
    /// <summary>Larger images are refused.</summary>
    public const int MaxPixels = 1 << 26;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>True when the bytes begin as a PNG file does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Signature);

    /// <summary>Decodes the bytes of a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">Shown in messages.</param>
    /// <exception cref="DataException">Damaged or of a kind that is not supported.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> file, string name)
    {
        if (!IsPng(file))
            throw new DataException($"{name}: not a PNG file");
        PngHeader? header = null;
        byte[]? palette = null, transparency = null;
        var data = new MemoryStream();
        bool dataEnded = false;
        int at = Signature.Length;
        while (true)
        {
            if (file.Length - at < 12)
                throw new DataException($"{name}: truncated PNG file: no IEND chunk");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > (uint)(file.Length - at - 12))
                throw new DataException($"{name}: truncated PNG file: a chunk of {length} bytes runs over the end");
            var typed = file.Slice(at + 4, 4 + (int)length);
            string type = System.Text.Encoding.Latin1.GetString(typed[..4]);
            var body = typed[4..];
            at += 12 + (int)length;
            if (Crc32.Append(0, typed) != BinaryPrimitives.ReadUInt32BigEndian(file[(at - 4)..]))
                throw new DataException($"{name}: damaged PNG file: wrong checksum of chunk {type}");
            if (header is null && type != "IHDR")
                throw new DataException($"{name}: damaged PNG file: it begins with chunk {type}, expected IHDR");
            if (type != "IDAT" && data.Length > 0)
                dataEnded = true;
            switch (type)
            {
                case "IHDR":
                    header = header is null ? PngHeader.Parse(body, name) : throw new DataException($"{name}: damaged PNG file: two IHDR chunks");
                    break;
                case "PLTE":
                    if (body.Length is 0 or > 768 || body.Length % 3 != 0)
                        throw new DataException($"{name}: damaged PNG file: palette of {body.Length} bytes");
                    palette = body.ToArray();
                    break;
                case "tRNS":
                    transparency = body.ToArray();
                    break;
                case "IDAT":
                    if (dataEnded)
                        throw new DataException($"{name}: damaged PNG file: image data in two places");
                    data.Write(body);
                    break;
                case "IEND":
                    return Assemble(header!, palette, transparency, data, name);
                default:
                    if ((typed[0] & 0x20) == 0) // capital first letter: needed to show the image
                        throw new DataException($"{name}: PNG chunk {type} is not supported");
                    break;
            }
        }
    }

    private static DecodedImage Assemble(PngHeader header, byte[]? palette, byte[]? transparency, MemoryStream data, string name)
    {
        if (data.Length == 0)
            throw new DataException($"{name}: damaged PNG file: no image data");
        var rows = Inflate(header, data, name);
        var samples = header.Decode(rows, name);
        if (header.ColourType != PngHeader.Palette)
            return new DecodedImage(header.Width, header.Height, header.Samples, samples);
        if (palette is null)
            throw new DataException($"{name}: damaged PNG file: no palette");
        int channels = transparency is null ? 3 : 4;
        var pixels = new byte[(long)samples.Length * channels];
        for (int i = 0; i < samples.Length; i++)
        {
            int entry = samples[i];
            if (3 * entry >= palette.Length)
                throw new DataException($"{name}: damaged PNG file: palette entry {entry} of {palette.Length / 3}");
            palette.AsSpan(3 * entry, 3).CopyTo(pixels.AsSpan(i * channels));
            if (transparency is not null)
                pixels[i * channels + 3] = entry < transparency.Length ? transparency[entry] : (byte)255;
        }

        return new DecodedImage(header.Width, header.Height, channels, pixels);
    }

    private static byte[] Inflate(PngHeader header, MemoryStream data, string name)
    {
        long expected = header.StoredBytes;
        if (data.Length * 1100 + 1024 < expected) // deflate packs at most about 1032 to 1
            throw new DataException($"{name}: damaged PNG file: {data.Length} bytes of data cannot hold {header.Width}x{header.Height} pixels");
        var rows = new byte[expected];
        data.Position = 0;
        try
        {
            using var inflate = new ZLibStream(data, CompressionMode.Decompress);
            int got = inflate.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false);
            if (got < rows.Length || inflate.ReadByte() >= 0)
                throw new DataException($"{name}: damaged PNG file: {(got < rows.Length ? $"{got} bytes" : "more than the bytes")} of pixels, expected {expected} for {header.Width}x{header.Height}");
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{name}: damaged PNG file ({e.Message.TrimEnd('.')})", e);
        }

        return rows;
    }
}
