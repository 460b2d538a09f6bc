using System.Buffers.Binary;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A PNG's IHDR chunk and what follows from it: the layout of its rows.</summary>
internal sealed record PngHeader(int Width, int Height, int Depth, int ColourType)
{
    public const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    /// <summary>Samples per pixel as stored.</summary>
    public int Samples => ColourType switch { Rgb => 3, GreyAlpha => 2, Rgba => 4, _ => 1 };

    /// <summary>Bytes of a row without its filter byte.</summary>
    public int RowBytes => (int)(((long)Width * Samples * Depth + 7) / 8);

    public static PngHeader Parse(ReadOnlySpan<byte> body, string name)
    {
        if (body.Length != 13)
            throw new DataException($"{name}: damaged PNG file: header of {body.Length} bytes, expected 13");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(body), height = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
        if (width == 0 || height == 0 || (ulong)width * height > PngReader.MaxPixels)
            throw new DataException($"{name}: image of {width}x{height} pixels, expected 1 to {PngReader.MaxPixels} pixels");
        int depth = body[8], type = body[9];
        bool known = type is Grey or Rgb or Palette or GreyAlpha or Rgba;
        if (!known || body[10] != 0 || body[11] != 0 || body[12] > 1)
            throw new DataException($"{name}: damaged PNG file: colour type {type}, compression {body[10]}, filter {body[11]}, interlace {body[12]}");
        if (depth != 8 && !(depth is 1 or 2 or 4 && type is Grey or Palette))
            throw new DataException($"{name}: {depth} bits per sample of colour type {type} are not supported; save it with 8 bits per sample");
        if (body[12] == 1)
            throw new DataException($"{name}: interlaced PNG files are not supported; save it without interlacing");
        return new PngHeader((int)width, (int)height, depth, type);
    }

    /// <summary>Undoes the row filters in place (filter byte, then the row's bytes).</summary>
    public void Unfilter(byte[] rows, string name)
    {
        int stride = 1 + RowBytes, step = Math.Max(1, Samples * Depth / 8);
        ReadOnlySpan<byte> above = new byte[RowBytes];
        for (int y = 0; y < Height; y++)
        {
            byte filter = rows[y * stride];
            var row = rows.AsSpan(y * stride + 1, RowBytes);
            if (filter > 4)
                throw new DataException($"{name}: damaged PNG file: row filter {filter}");
            for (int i = 0; i < row.Length; i++)
            {
                int left = i >= step ? row[i - step] : 0, up = above[i], corner = i >= step ? above[i - step] : 0;
                row[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }

            above = row;
        }
    }

    /// <summary>One byte per sample: unpacks samples below 8 bits; grey ones are stretched to 0 … 255.</summary>
    public byte[] Unpack(byte[] rows)
    {
        var samples = new byte[Width * Height * Samples];
        int perRow = Width * Samples, perByte = 8 / Depth, mask = (1 << Depth) - 1;
        int scale = ColourType == Palette ? 1 : 255 / mask;
        for (int y = 0; y < Height; y++)
        {
            var row = rows.AsSpan(y * (1 + RowBytes) + 1, RowBytes);
            if (Depth == 8)
            {
                row.CopyTo(samples.AsSpan(y * perRow));
                continue;
            }

            for (int x = 0; x < perRow; x++)
                samples[y * perRow + x] = (byte)(((row[x / perByte] >> (8 - Depth * (x % perByte + 1))) & mask) * scale);
        }

        return samples;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int guess = left + up - corner;
        int dl = Math.Abs(guess - left), du = Math.Abs(guess - up), dc = Math.Abs(guess - corner);
        return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
    }
}
