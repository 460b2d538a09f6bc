namespace NativeEngine.Data;

/// <summary>The markers of a JPEG file (ITU-T T.81 B.1): what the libraries do not tell about files that end too early.</summary>
internal static class JpegMarkers
{
    private const byte EndOfImage = 0xd9, StartOfScan = 0xda;
    private const int PadBytes = 64, Coefficients = 64;
    private const byte Absent = byte.MaxValue;

    /// <summary>True when the end marker is there.</summary>
    public static bool HasEnd(ReadOnlySpan<byte> file)
    {
        if (file is [.., 0xff, EndOfImage])
            return true;
        foreach (var (marker, _) in Walk(file.ToArray()))
        {
            if (marker == EndOfImage)
                return true;
        }

        return false;
    }

    /// <summary>The file with something behind its last byte, and an end marker.</summary>
    public static byte[] Ended(ReadOnlySpan<byte> file, byte what) => [.. file.TrimEnd((byte)0xff), .. Enumerable.Repeat(what, PadBytes), 0xff, EndOfImage];

    /// <summary>True when the scans that have begun bring every coefficient of every component to its full precision.</summary>
    public static bool HasAllScans(byte[] file)
    {
        var missingBits = new Dictionary<byte, byte[]>();
        foreach (var (marker, at) in Walk(file))
        {
            var body = file.AsSpan(at);
            if (IsFrame(marker) && body.Length > 7)
            {
                for (int c = 0; c < body[7] && 8 + 3 * c < body.Length; c++)
                    missingBits[body[8 + 3 * c]] = [.. Enumerable.Repeat(Absent, Coefficients)];
            }
            else if (marker == StartOfScan && body.Length > 2 && body.Length > 5 + 2 * body[2])
            {
                int count = body[2], first = body[3 + 2 * count], last = body[4 + 2 * count], bits = body[5 + 2 * count] & 15;
                for (int c = 0; c < count; c++)
                {
                    if (missingBits.TryGetValue(body[3 + 2 * c], out var component) && first <= last && last < Coefficients)
                        component.AsSpan(first, last - first + 1).Fill((byte)bits);
                }
            }
        }

        return missingBits.Count > 0 && missingBits.Values.All(c => c.All(b => b == 0));
    }

    /// <summary>Names a kind of JPEG that no library reads, or nothing.</summary>
    public static string Oddity(byte[] file)
    {
        foreach (var (marker, at) in Walk(file))
        {
            if (IsFrame(marker) && at + 2 < file.Length)
            {
                return marker is 0xc3 or 0xc7 or 0xcb or 0xcf ? "lossless JPEG is not read" : marker is 0xc5 or 0xc6 or 0xcd or 0xce
                    ? "hierarchical JPEG is not read"
                    : file[at + 2] != 8 ? $"{file[at + 2]} bits per sample are not read" : "";
            }
        }

        return "";
    }

    private static bool IsFrame(byte marker) => marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc);

    // Every marker with the position of its length; the data of scans is passed over.
    private static IEnumerable<(byte Marker, int At)> Walk(byte[] file)
    {
        int at = 2;
        while (true)
        {
            while (at < file.Length && file[at] != 0xff)
                at++;
            while (at < file.Length && file[at] == 0xff)
                at++;
            if (at >= file.Length)
                yield break;
            byte marker = file[at++];
            if (marker is 0 or 1 or (>= 0xd0 and <= 0xd8))
                continue;
            yield return (marker, at);
            if (marker == EndOfImage || at + 1 >= file.Length)
                yield break;
            at += file[at] << 8 | file[at + 1];
        }
    }
}
