using System.Buffers.Binary;
using System.IO.Compression;

namespace NativeEngine.Data.Tests;

/// <summary>Writes PNG files of every kind the reader takes, with any row filter, and damaged ones.</summary>
internal static class PngWriter
{
    public static readonly byte[] Signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

    /// <param name="samples">Packed rows without filter bytes, [height, rowBytes].</param>
    public static byte[] Encode(int width, int height, int depth, int colourType, byte[] samples, int filter = 0, byte[]? palette = null,
        byte[]? transparency = null, int interlace = 0, int parts = 1)
    {
        int bitsPerPixel = depth * colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        byte[] rows = interlace == 0 ? Filter(samples, height, bitsPerPixel, filter)
            : [.. Adam7(width, height, bitsPerPixel, samples).SelectMany(pass => Filter(pass.Samples, pass.Height, bitsPerPixel, filter))];

        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(rows);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colourType, (byte)interlace);
        var file = new List<byte>(Signature);
        file.AddRange(Chunk("IHDR", header));
        file.AddRange(Chunk("tEXt", "Title\0test"u8.ToArray()));
        if (palette is not null)
            file.AddRange(Chunk("PLTE", palette));
        if (transparency is not null)
            file.AddRange(Chunk("tRNS", transparency));
        var data = packed.ToArray();
        for (int p = 0; p < parts; p++)
            file.AddRange(Chunk("IDAT", data[(data.Length * p / parts)..(data.Length * (p + 1) / parts)]));
        file.AddRange(Chunk("IEND", []));
        return [.. file];
    }

    private static byte[] Filter(byte[] samples, int height, int bitsPerPixel, int filter)
    {
        int rowBytes = samples.Length / height, step = Math.Max(1, bitsPerPixel / 8);
        var rows = new byte[height * (rowBytes + 1)];
        for (int y = 0; y < height; y++)
        {
            rows[y * (rowBytes + 1)] = (byte)filter;
            for (int i = 0; i < rowBytes; i++)
            {
                int At(int row, int column) => row < 0 || column < 0 ? 0 : samples[row * rowBytes + column];
                int left = At(y, i - step), up = At(y - 1, i), corner = i < step ? 0 : At(y - 1, i - step);
                int guess = left + up - corner;
                int paeth = Math.Abs(guess - left) <= Math.Abs(guess - up) && Math.Abs(guess - left) <= Math.Abs(guess - corner) ? left
                    : Math.Abs(guess - up) <= Math.Abs(guess - corner) ? up : corner;
                int predicted = filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => paeth, _ => 0 };
                rows[y * (rowBytes + 1) + 1 + i] = (byte)(samples[y * rowBytes + i] - predicted);
            }
        }

        return rows;
    }

    // Which pass a pixel is in, as the standard draws it: row by row of its 8x8 picture.
    private static IEnumerable<(int Height, byte[] Samples)> Adam7(int width, int height, int bitsPerPixel, byte[] samples)
    {
        string[] picture = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
        int rowBytes = (width * bitsPerPixel + 7) / 8;
        for (char pass = '1'; pass <= '7'; pass++)
        {
            var rows = new List<byte[]>();
            for (int y = 0; y < height; y++)
            {
                var bits = new List<bool>();
                for (int x = 0; x < width; x++)
                {
                    for (int b = x * bitsPerPixel; picture[y % 8][x % 8] == pass && b < (x + 1) * bitsPerPixel; b++)
                        bits.Add((samples[y * rowBytes + b / 8] >> (7 - b % 8) & 1) != 0);
                }

                if (bits.Count > 0)
                    rows.Add([.. bits.Chunk(8).Select(chunk => (byte)chunk.Select((bit, i) => bit ? 128 >> i : 0).Sum())]);
            }

            if (rows.Count > 0)
                yield return (rows.Count, [.. rows.SelectMany(r => r)]);
        }
    }

    public static byte[] Chunk(string type, byte[] body)
    {
        var chunk = new byte[12 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        System.Text.Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        body.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + body.Length), Crc(chunk.AsSpan(4, 4 + body.Length)));
        return chunk;
    }

    // Bit by bit, independent of the reader's table.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xffffffff;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
