using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>The orientation that a camera or a viewer wrote into a JPEG, PNG or WebP file (EXIF 2.32, tag 0x0112).</summary>
internal static class ExifOrientation
{
    /// <summary>As stored.</summary>
    public const int Upright = 1;

    private const ushort Tag = 0x0112, Short = 3;

    /// <summary>The orientation, 1 … 8; 1 where there is none or it makes no sense.</summary>
    public static int Of(ImageFile file)
    {
        var bytes = file.Bytes.AsSpan();
        var block = file.Kind == ImageKind.Jpeg ? InJpeg(bytes) : file.Kind == ImageKind.Png ? InChunks(bytes, 8, "eXIf"u8, true)
            : file.Kind == ImageKind.WebP ? InChunks(bytes, 12, "EXIF"u8, false) : default;
        if (block.StartsWith("Exif\0\0"u8))
            block = block[6..];
        if (block.Length < 14)
            return Upright;
        bool little = block[0] == 'I';
        uint directory = Number(block[4..], little);
        if (directory > block.Length - 2)
            return Upright;
        int count = Half(block[(int)directory..], little);
        for (int i = 0, at = (int)directory + 2; i < count && at + 12 <= block.Length; i++, at += 12)
        {
            if (Half(block[at..], little) == Tag && Half(block[(at + 2)..], little) == Short)
                return Half(block[(at + 8)..], little) is >= Upright and <= 8 and var value ? value : Upright;
        }

        return Upright;
    }

    /// <summary>Turns and mirrors an image so that it stands as its orientation says.</summary>
    /// <param name="image">As stored.</param>
    /// <param name="orientation">2 … 8.</param>
    /// <param name="pixels">Room for the result.</param>
    public static DecodedImage Apply(DecodedImage image, int orientation, byte[] pixels)
    {
        int w = image.Width, h = image.Height, channels = image.Channels;
        int newWidth = orientation >= 5 ? h : w, newHeight = orientation >= 5 ? w : h;

        // Where the first pixel of the result lies, and the steps to its right-hand and lower neighbour.
        var (first, right, down) = orientation switch
        {
            2 => (w - 1, -1, w),
            3 => (w * h - 1, -1, -w),
            4 => (w * (h - 1), 1, -w),
            5 => (0, w, 1),
            6 => (w * (h - 1), -w, 1),
            7 => (w * h - 1, -w, -1),
            8 => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        var source = image.Content;
        int to = 0;
        for (int y = 0; y < newHeight; y++)
        {
            int from = (first + y * down) * channels, step = right * channels;
            for (int x = 0; x < newWidth; x++, from += step, to += channels)
            {
                pixels[to] = source[from];
                if (channels == 3)
                    (pixels[to + 1], pixels[to + 2]) = (source[from + 1], source[from + 2]);
            }
        }

        return image with { Width = newWidth, Height = newHeight, Pixels = pixels };
    }

    private static ReadOnlySpan<byte> InJpeg(ReadOnlySpan<byte> file)
    {
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xff && file[at + 1] != 0xda;)
        {
            if (file[at + 1] == 0xff) // fill
            {
                at++;
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (at + 2 + length > file.Length || length < 2)
                break;
            var body = file.Slice(at + 4, length - 2);
            if (file[at + 1] == 0xe1 && body.StartsWith("Exif\0\0"u8))
                return body;
            at += 2 + length;
        }

        return default;
    }

    // PNG: length, name, body, checksum. WebP: name, length, body, perhaps a byte to make it even.
    private static ReadOnlySpan<byte> InChunks(ReadOnlySpan<byte> file, int at, ReadOnlySpan<byte> name, bool png)
    {
        while (at + 8 <= file.Length)
        {
            long length = png ? BinaryPrimitives.ReadUInt32BigEndian(file[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (length > file.Length - at - 8)
                break;
            if (file.Slice(png ? at + 4 : at, 4).SequenceEqual(name))
                return file.Slice(at + 8, (int)length);
            at += 8 + (int)(png ? length + 4 : length + (length & 1));
        }

        return default;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static ushort Half(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
