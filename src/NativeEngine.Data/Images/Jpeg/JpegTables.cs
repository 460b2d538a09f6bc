using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>The tables that segments of a JPEG file define and scans use.</summary>
internal sealed class JpegTables
{
    /// <summary>Position in the block, row by row, of the k-th coefficient of the file.</summary>
    public static ReadOnlySpan<byte> ZigZag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    private readonly JpegHuffman?[] _dc = new JpegHuffman?[4], _ac = new JpegHuffman?[4];
    private readonly float[]?[] _quantisation = new float[]?[4];

    /// <summary>Interleaved units between two restart markers; 0 is none.</summary>
    public int RestartInterval { get; set; }

    public JpegHuffman Dc(int id) => _dc[id] ?? throw new JpegException("damaged JPEG file: a scan uses a Huffman table that was not defined");

    public JpegHuffman Ac(int id) => _ac[id] ?? throw new JpegException("damaged JPEG file: a scan uses a Huffman table that was not defined");

    /// <summary>64 factors, row by row.</summary>
    public float[] Quantisation(int id) => _quantisation[id] ?? throw new JpegException("damaged JPEG file: a component uses a quantisation table that was not defined");

    public void ReadHuffman(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            int id = body[0] & 15, total = 0;
            if (body.Length < 17 || body[0] >> 4 > 1 || id > 3)
                throw new JpegException("damaged JPEG file: Huffman table");
            foreach (byte count in body.Slice(1, 16))
                total += count;
            if (total > 256 || body.Length < 17 + total)
                throw new JpegException("damaged JPEG file: Huffman table");
            (body[0] >> 4 == 0 ? _dc : _ac)[id] = new JpegHuffman(body.Slice(1, 16), body.Slice(17, total).ToArray());
            body = body[(17 + total)..];
        }
    }

    public void ReadQuantisation(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            int size = body[0] >> 4 == 0 ? 1 : 2, id = body[0] & 15;
            if (body[0] >> 4 > 1 || id > 3 || body.Length < 1 + 64 * size)
                throw new JpegException("damaged JPEG file: quantisation table");
            var table = new float[64];
            for (int k = 0; k < 64; k++)
                table[ZigZag[k]] = size == 1 ? body[1 + k] : BinaryPrimitives.ReadUInt16BigEndian(body[(1 + 2 * k)..]);
            _quantisation[id] = table;
            body = body[(1 + 64 * size)..];
        }
    }
}
