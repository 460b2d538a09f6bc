namespace NativeEngine.Data;

/// <summary>A canonical Huffman code of up to 16 bits: short codes by one look into a table, long ones by their ranges.</summary>
internal sealed class JpegHuffman
{
    private const int FastBits = 9;

    private readonly ushort[] _fast = new ushort[1 << FastBits]; // length << 8 | symbol; 0 where the code is longer
    private readonly int[] _end = new int[17]; // behind the last code of each length
    private readonly int[] _offset = new int[17]; // symbol position minus code
    private readonly byte[] _symbols;

    /// <param name="counts">Number of codes of 1 … 16 bits.</param>
    /// <param name="symbols">In order of their codes.</param>
    public JpegHuffman(ReadOnlySpan<byte> counts, byte[] symbols)
    {
        _symbols = symbols;
        int code = 0, position = 0;
        for (int length = 1; length <= 16; length++)
        {
            _offset[length] = position - code;
            for (int i = 0; i < counts[length - 1]; i++, code++, position++)
            {
                if (length <= FastBits && code < 1 << length)
                    _fast.AsSpan(code << (FastBits - length), 1 << (FastBits - length)).Fill((ushort)(length << 8 | symbols[position]));
            }

            if (code > 1 << length)
                throw new JpegException("damaged JPEG file: Huffman table with more codes than fit");
            _end[length] = code;
            code <<= 1;
        }
    }

    public byte Decode(JpegBits bits)
    {
        int next = bits.Peek16();
        ushort fast = _fast[next >> (16 - FastBits)];
        if (fast != 0)
        {
            bits.Skip(fast >> 8);
            return (byte)fast;
        }

        for (int length = 1; length <= 16; length++)
        {
            int code = next >> (16 - length);
            if (code < _end[length] && code + _offset[length] is >= 0 and var position && position < _symbols.Length)
            {
                bits.Skip(length);
                return _symbols[position];
            }
        }

        throw new JpegException("damaged JPEG file: a code that is not in its Huffman table");
    }
}
