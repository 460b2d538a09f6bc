using System.Buffers.Binary;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Reads JPEG files (ITU-T T.81): baseline and progressive Huffman coding, 8 bits per sample, grey and colour (YCbCr or RGB) with any sampling
/// factors. Memory is bounded by the size of the file before anything is allocated. Orientation tags are not applied.
/// </summary>
public static class JpegReader
{
    private const int MaxPixelsPerByte = 1024; // the shortest code spends a bit on a block of 64 pixels

    /// <summary>True when the bytes begin as a JPEG file does.</summary>
    public static bool IsJpeg(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]);

    /// <summary>Decodes the bytes of a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">Shown in messages.</param>
    /// <exception cref="DataException">Damaged, truncated or of a kind that is not supported.</exception>
    public static DecodedImage Decode(byte[] file, string name)
    {
        try
        {
            return new Parser(file).Read();
        }
        catch (JpegException e)
        {
            throw new DataException($"{name}: {e.Message}", e);
        }
    }

    private sealed class Parser(byte[] file)
    {
        private readonly JpegTables _tables = new();
        private JpegFrame? _frame;
        private int _at = 2, _adobeTransform = -1;
        private bool _scanned;

        public DecodedImage Read()
        {
            while (true)
            {
                byte marker = NextMarker();
                if (marker == 0xd9) // EOI
                    break;
                if (marker is >= 0xd0 and <= 0xd7 or 0x01) // stand alone
                    continue;
                var body = Body();
                switch (marker)
                {
                    case 0xc0 or 0xc1 or 0xc2:
                        if (_frame is not null)
                            throw new JpegException("damaged JPEG file: two frames");
                        _frame = JpegFrame.Parse(body, progressive: marker == 0xc2, (long)file.Length * MaxPixelsPerByte);
                        break;
                    case 0xc4:
                        _tables.ReadHuffman(body);
                        break;
                    case >= 0xc3 and <= 0xcf and not 0xc8 and not 0xcc:
                        throw new JpegException($"JPEG of kind SOF{marker - 0xc0} (lossless, hierarchical or arithmetic) is not supported");
                    case 0xcc:
                        throw new JpegException("JPEG with arithmetic coding is not supported");
                    case 0xdb:
                        _tables.ReadQuantisation(body);
                        break;
                    case 0xdd:
                        _tables.RestartInterval = body.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(body) : throw new JpegException("damaged JPEG file: restart interval");
                        break;
                    case 0xda:
                        var frame = _frame ?? throw new JpegException("damaged JPEG file: a scan before its frame");
                        _at = JpegScan.Parse(body, frame, _tables).Decode(file, _at);
                        _scanned = true;
                        break;
                    case 0xee:
                        if (body.Length >= 12 && body.StartsWith("Adobe"u8))
                            _adobeTransform = body[11];
                        break;
                }
            }

            if (_frame is null || !_scanned)
                throw new JpegException("damaged JPEG file: no image data");
            return JpegPixels.Assemble(_frame, _tables, _adobeTransform);
        }

        private byte NextMarker()
        {
            // Between segments lies nothing but fill bytes; behind a scan, whatever of its data was not needed.
            while (_at + 1 < file.Length)
            {
                byte code = file[_at + 1];
                if (file[_at] == 0xff && code is not (0x00 or 0xff))
                {
                    _at += 2;
                    return code;
                }

                _at++;
            }

            throw new JpegException("truncated JPEG file: no end marker");
        }

        private ReadOnlySpan<byte> Body()
        {
            int length = _at + 2 <= file.Length ? BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(_at)) : 0;
            if (length < 2 || _at + length > file.Length)
                throw new JpegException("truncated JPEG file: a segment runs over the end");
            var body = file.AsSpan(_at + 2, length - 2);
            _at += length;
            return body;
        }
    }
}
