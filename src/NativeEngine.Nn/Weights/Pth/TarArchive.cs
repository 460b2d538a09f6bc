using System.Text;

namespace NativeEngine.Nn;

/// <summary>
/// The regular files at the top of a tar archive (POSIX.1-1988 headers), as parts of the input. Nothing is written to disk; links, folders and
/// extended headers are passed over.
/// </summary>
internal static class TarArchive
{
    private const int Block = 512;

    /// <summary>True when the bytes begin with the header of a tar archive.</summary>
    public static bool IsTar(ReadOnlySpan<byte> bytes) => bytes.Length >= 262 && bytes[257..262].SequenceEqual("ustar"u8);

    /// <summary>Finds files by name.</summary>
    /// <exception cref="PickleException">A header is damaged, a file runs over the end, or two have one name.</exception>
    public static Dictionary<string, ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> bytes)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        int at = 0;
        while (at + Block <= bytes.Length)
        {
            var header = bytes.Span.Slice(at, Block);
            if (!header.ContainsAnyExcept((byte)0))
                return files; // the end is marked by blocks of zeros
            long sum = 0;
            for (int i = 0; i < Block; i++)
                sum += i is >= 148 and < 156 ? ' ' : header[i];
            if (Octal(header.Slice(148, 8)) != sum)
                throw new PickleException("is a damaged tar archive: the checksum of a header is wrong");
            long size = Octal(header.Slice(124, 12));
            at += Block;
            if (size > bytes.Length - at)
                throw new PickleException($"is a truncated tar archive: a file of {size} bytes runs over the end");
            string name = Encoding.UTF8.GetString(header[..100]).TrimEnd('\0');
            if (header[156] is 0 or (byte)'0' && !files.TryAdd(name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name, bytes.Slice(at, (int)size)))
                throw new PickleException("has two archive entries of one name");
            at = (int)Math.Min(bytes.Length, at + (size + Block - 1) / Block * Block);
        }

        return files;
    }

    private static long Octal(ReadOnlySpan<byte> digits)
    {
        long value = 0;
        bool any = false;
        foreach (byte digit in digits)
        {
            if (digit is 0 or (byte)' ')
            {
                if (any)
                    break;
                continue;
            }

            if (digit is < (byte)'0' or > (byte)'7')
                throw new PickleException("is a damaged tar archive: a header has a malformed number");
            (value, any) = (value * 8 + digit - '0', true);
        }

        return value;
    }
}
