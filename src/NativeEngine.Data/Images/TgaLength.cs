using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>How long a TGA file must be to hold all of its pixels.</summary>
internal static class TgaLength
{
    private const int Header = 18, Compressed = 8;

    /// <summary>Bytes up to the last pixel; more than the file has where some are missing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pixels">Width times height.</param>
    public static long Needed(ReadOnlySpan<byte> file, long pixels)
    {
        if (file.Length < Header)
            return Header;
        int bytes = (file[16] + 7) / 8;
        long at = Header + file[0] + (file[1] == 0 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(file[5..]) * ((file[7] + 7) / 8));
        if ((file[2] & Compressed) == 0)
            return at + pixels * bytes;
        for (long done = 0; done < pixels;)
        {
            if (at >= file.Length)
                return at + 1;
            int run = (file[(int)at] & 127) + 1; // one pixel repeated, or as many pixels
            at += 1 + (file[(int)at] > 127 ? 1 : run) * bytes;
            done += run;
        }

        return at;
    }
}
