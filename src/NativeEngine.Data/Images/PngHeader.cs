using System.Buffers.Binary;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A PNG's IHDR chunk and what follows from it: the layout of its rows.</summary>
internal sealed record PngHeader(int Width, int Height, int Depth, int ColourType, bool Interlaced)
{
    public const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    /// <summary>Samples per pixel as stored.</summary>
    public int Samples => ColourType switch { Rgb => 3, GreyAlpha => 2, Rgba => 4, _ => 1 };

    /// <summary>The pictures the pixels are stored in, one after the other: the whole, or Adam7's seven thinned ones without those that have no pixels.</summary>
    public IReadOnlyList<PngPass> Passes => Interlaced ? [.. PngPass.Adam7(Width, Height)] : [new PngPass(0, 0, 1, 1, Width, Height)];

    /// <summary>Bytes of all rows, each with its filter byte.</summary>
    public long StoredBytes => Passes.Sum(p => (long)p.Height * (1 + RowBytes(p.Width)));

    private int RowBytes(int width) => (int)(((long)width * Samples * Depth + 7) / 8);

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
        if (depth != 8 && !(depth is 1 or 2 or 4 && type is Grey or Palette) && !(depth == 16 && type != Palette))
            throw new DataException($"{name}: damaged PNG file: {depth} bits per sample of colour type {type}");
        return new PngHeader((int)width, (int)height, depth, type, body[12] == 1);
    }

    /// <summary>
    /// Undoes the row filters in place and gives one byte per sample, [height, width, samples]: grey samples below 8 bits are stretched to
    /// 0 … 255, of 16 bits the upper 8 are taken.
    /// </summary>
    /// <param name="rows">The rows of all passes, each a filter byte and the row's bytes.</param>
    /// <param name="name">Shown in messages.</param>
    public byte[] Decode(byte[] rows, string name)
    {
        var samples = new byte[Width * Height * Samples];
        int at = 0;
        foreach (var pass in Passes)
        {
            int bytes = RowBytes(pass.Width);
            ReadOnlySpan<byte> above = new byte[bytes];
            for (int y = 0; y < pass.Height; y++, at += 1 + bytes)
            {
                var row = rows.AsSpan(at + 1, bytes);
                Unfilter(rows[at], row, above, name);
                Unpack(row, pass, samples.AsSpan((pass.Y + y * pass.StepY) * Width * Samples, Width * Samples));
                above = row;
            }
        }

        return samples;
    }

    private void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, string name)
    {
        if (filter > 4)
            throw new DataException($"{name}: damaged PNG file: row filter {filter}");
        int step = Math.Max(1, Samples * Depth / 8);
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = above[i], corner = i >= step ? above[i - step] : 0;
            row[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
        }
    }

    private void Unpack(ReadOnlySpan<byte> row, PngPass pass, Span<byte> line)
    {
        if (Depth == 8 && pass.StepX == 1)
        {
            row.CopyTo(line);
            return;
        }

        int mask = (1 << Depth) - 1, scale = ColourType == Palette || Depth >= 8 ? 1 : 255 / mask;
        for (int x = 0; x < pass.Width; x++)
        {
            for (int s = 0; s < Samples; s++)
            {
                int bit = (x * Samples + s) * Depth; // of a sample of 16 bits the first byte is the upper one
                int value = Depth >= 8 ? row[bit / 8] : (row[bit / 8] >> (8 - Depth - bit % 8)) & mask;
                line[(pass.X + x * pass.StepX) * Samples + s] = (byte)(value * scale);
            }
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int guess = left + up - corner;
        int dl = Math.Abs(guess - left), du = Math.Abs(guess - up), dc = Math.Abs(guess - corner);
        return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
    }
}
