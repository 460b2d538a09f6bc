using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>CRC-32 of gzip and PNG: reflected polynomial 0xEDB88320, start and final value inverted (RFC 1952, section 8).</summary>
internal static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>Continues a checksum; begin with 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;

        // Four bytes at once: Table[256·k + b] is the effect of byte b followed by k zero bytes.
        for (; bytes.Length >= 4; bytes = bytes[4..])
        {
            crc ^= BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            crc = Table[768 + (byte)crc] ^ Table[512 + (byte)(crc >> 8)] ^ Table[256 + (byte)(crc >> 16)] ^ Table[crc >> 24];
        }

        foreach (byte b in bytes)
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[4 * 256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        for (int n = 256; n < table.Length; n++)
            table[n] = table[(byte)table[n - 256]] ^ (table[n - 256] >> 8);

        return table;
    }
}
