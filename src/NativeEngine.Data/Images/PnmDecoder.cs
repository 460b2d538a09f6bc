using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// PBM, PGM and PPM files (P1 … P6), where ImageSharp neither scales by the largest value nor gets the order of 16-bit values right. A value v of at most m
/// becomes
/// 255 v / m, rounded to the nearest even, as in Pillow; of 16-bit grey the upper 8 bits of 65535 v / m are kept.
/// </summary>
internal sealed class PnmDecoder : ImageDecoder
{
    private readonly ImageFile _file;
    private readonly int _most;
    private int _at = 2;

    public PnmDecoder(ImageFile file)
    {
        _file = file;
        Width = Header("width");
        Height = Header("height");
        _most = IsBits ? 1 : Header("largest value");
        if (_most is < 1 or > 65535)
            throw file.Damaged($"largest value {_most}, expected 1..65535");
        file.CheckSize(Width, Height);
        _at = Math.Min(_at + 1, file.Bytes.Length); // exactly one white space ends the header
    }

    public override int Width { get; }

    public override int Height { get; }

    public override bool Opaque => true;

    public override ImageRemarks Remarks => _most > 255 && !IsColour ? ImageRemarks.DeepGrey : ImageRemarks.None;

    private byte Type => _file.Bytes[1];

    private bool IsBits => Type is (byte)'1' or (byte)'4';

    private bool IsColour => Type is (byte)'3' or (byte)'6';

    private bool IsText => Type <= '3';

    public override int Decode(Span<byte> pixels, byte[] buffer)
    {
        int samples = Width * (IsColour ? 3 : 1);
        if (!IsText && ((long)(IsBits ? (Width + 7) / 8 : _most > 255 ? 2 * samples : samples) * Height) > _file.Bytes.Length - _at)
            throw _file.Damaged("pixels are missing");
        byte[]? levels = _most == 255 ? null : Levels();
        int to = 0;
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < samples; x++)
            {
                int value = Sample(x);
                pixels[to++] = levels is null ? (byte)value : levels[Math.Min(value, _most)];
                if (IsColour && x % 3 == 2)
                    pixels[to++] = 255;
            }

            if (Type == '4')
                _at += (Width + 7) / 8;
        }

        return IsColour ? 4 : 1;
    }

    public override void Dispose()
    {
    }

    private byte[] Levels()
    {
        var levels = new byte[_most + 1];
        for (int v = 0; v <= _most; v++)
            levels[v] = IsBits ? (byte)(255 - 255 * v) : Remarks != 0 ? (byte)((int)Math.Round((double)v / _most * 65535) >> 8)
                : (byte)Math.Round((double)v / _most * 255);
        return levels;
    }

    private int Sample(int column)
    {
        var bytes = _file.Bytes;
        if (Type == '4')
            return bytes[_at + column / 8] >> (7 - column % 8) & 1;
        if (!IsText)
            return _most > 255 ? bytes[_at++] << 8 | bytes[_at++] : bytes[_at++];
        Skip();
        if (Type == '1' && _at < bytes.Length && bytes[_at] is 0x30 or 0x31) // digits may follow each other without a space
            return bytes[_at++] - '0';
        return Number() ?? throw _file.Damaged("pixels are missing");
    }

    private int Header(string what)
    {
        Skip();
        return Number() ?? throw _file.Damaged($"no {what} in its header");
    }

    private int? Number()
    {
        int from = _at;
        while (_at < _file.Bytes.Length && char.IsAsciiDigit((char)_file.Bytes[_at]))
            _at++;
        return int.TryParse(_file.Bytes.AsSpan(from, _at - from), CultureInfo.InvariantCulture, out int value) ? value : null;
    }

    // White space, and comments that last until the end of the line.
    private void Skip()
    {
        var bytes = _file.Bytes;
        while (_at < bytes.Length && (char.IsWhiteSpace((char)bytes[_at]) || bytes[_at] == '#'))
        {
            if (bytes[_at] == '#')
                _at += bytes.AsSpan(_at).IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var end ? end : bytes.Length - _at;
            else
                _at++;
        }
    }
}
