using System.Buffers.Binary;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// The entries of a zip archive in memory (PKWARE's APPNOTE 6.3, with zip64), as parts of the input: nothing is unpacked, copied or written to disk.
/// Names are distinct and entries do not overlap, as torch.save writes them, so an archive never unfolds into more than its own size.
/// </summary>
internal static class ZipDirectory
{
    private const uint EndMark = 0x06054b50, End64Mark = 0x06064b50, Locator64Mark = 0x07064b50, CentralMark = 0x02014b50, LocalMark = 0x04034b50;
    private const int EndSize = 22, End64Size = 56, Locator64Size = 20, CentralSize = 46, LocalSize = 30;
    private const int MaxEntries = 200_000;
    private const ushort Zip64Field = 1;

    /// <summary>Finds entries by name; their checksums are not compared yet.</summary>
    /// <exception cref="PickleException">The archive is damaged, or holds what torch.save never writes.</exception>
    public static Dictionary<string, ZipPart> Read(ReadOnlyMemory<byte> bytes)
    {
        var (count, start, end) = FindDirectory(bytes.Span);
        if (count > MaxEntries)
            throw new PickleException($"has {count} archive entries, at most {MaxEntries} are supported");
        var parts = new Dictionary<string, ZipPart>();
        var ranges = new List<(long Start, long End, string Name)>();
        long at = start;
        for (ulong i = 0; i < count; i++)
        {
            if (at + CentralSize > end || U32(bytes.Span, at) != CentralMark)
                throw Damaged($"its directory ends after {i} of {count} entries");
            var record = bytes.Span[(int)at..(int)end];
            int nameLength = U16(record, 28), extraLength = U16(record, 30), commentLength = U16(record, 32);
            if (CentralSize + nameLength + extraLength + commentLength > record.Length)
                throw Damaged("an entry of its directory runs over the end");
            string name = Encoding.UTF8.GetString(record.Slice(CentralSize, nameLength));
            var (packed, size, local) = Sizes(record, record.Slice(CentralSize + nameLength, extraLength), name);
            bool plain = U16(record, 10) == 0 && packed == size && (U16(record, 8) & 1) == 0; // neither compressed nor encrypted
            long data = DataStart(bytes.Span, local, record.Slice(CentralSize, nameLength), start);
            if (packed > (ulong)(start - data))
                throw Damaged($"its entry {Printable.Text(name)} of {packed} bytes runs over the end");
            if (!parts.TryAdd(name, new ZipPart(bytes.Slice((int)data, (int)packed), U32(record, 16), plain)))
                throw new PickleException($"has two archive entries of one name, {Printable.Text(name)}");
            ranges.Add(((long)local, data + (long)packed, name));
            at += CentralSize + nameLength + extraLength + commentLength;
        }

        CheckOverlaps(ranges);
        return parts;
    }

    /// <summary>Number of entries, and first byte and end of the directory.</summary>
    private static (ulong Count, long Start, long End) FindDirectory(ReadOnlySpan<byte> bytes)
    {
        // The end record stands before a comment of at most 65535 bytes that ends the file.
        long at = bytes.Length - EndSize;
        for (long first = Math.Max(0, at - ushort.MaxValue); at >= first; at--)
        {
            if (U32(bytes, at) == EndMark && at + EndSize + U16(bytes, at + 20) == bytes.Length)
                break;
            if (at == first)
                throw Damaged("it has no end record (truncated?)");
        }

        if (at < 0)
            throw Damaged("it has no end record (truncated?)");
        ulong count = U16(bytes, at + 10), size = U32(bytes, at + 12), start = U32(bytes, at + 16);
        bool parted = U16(bytes, at + 4) is not (0 or ushort.MaxValue) || U16(bytes, at + 8) != U16(bytes, at + 10);
        long end = at;
        if (at >= Locator64Size && U32(bytes, at - Locator64Size) == Locator64Mark)
        {
            ulong record = U64(bytes, at - Locator64Size + 8);
            if (record > (ulong)at || (ulong)at - record < End64Size + Locator64Size || U32(bytes, (long)record) != End64Mark)
                throw Damaged("its 64-bit end record is not where it says");
            end = (long)record;
            count = U64(bytes, end + 32);
            size = U64(bytes, end + 40);
            start = U64(bytes, end + 48);
            parted = U32(bytes, end + 16) != 0 || U64(bytes, end + 24) != count;
        }

        if (parted)
            throw new PickleException("is a part of a zip archive of several files");
        if (start > (ulong)end || size > (ulong)end - start)
            throw Damaged($"its directory of {size} bytes at byte {start} runs over the end");
        return (count, (long)start, (long)(start + size));
    }

    /// <summary>Packed size, size and offset of an entry; those of all ones stand in its zip64 field.</summary>
    private static (ulong Packed, ulong Size, ulong Local) Sizes(ReadOnlySpan<byte> record, ReadOnlySpan<byte> extra, string name)
    {
        ulong packed = U32(record, 20), size = U32(record, 24), local = U32(record, 42);
        if (packed != uint.MaxValue && size != uint.MaxValue && local != uint.MaxValue)
            return (packed, size, local);
        while (extra.Length >= 4)
        {
            ushort field = U16(extra, 0), length = U16(extra, 2);
            extra = extra[4..];
            if (length > extra.Length)
                break;
            if (field == Zip64Field)
            {
                var numbers = extra[..length];
                if (Wide(ref size, ref numbers) && Wide(ref packed, ref numbers) && Wide(ref local, ref numbers))
                    return (packed, size, local);
                break;
            }

            extra = extra[length..];
        }

        throw Damaged($"its entry {Printable.Text(name)} lacks its 64-bit sizes");
    }

    private static bool Wide(ref ulong value, ref ReadOnlySpan<byte> numbers)
    {
        if (value != uint.MaxValue)
            return true;
        if (numbers.Length < 8)
            return false;
        value = U64(numbers, 0);
        numbers = numbers[8..];
        return true;
    }

    /// <summary>First byte of an entry's data, behind its local header, which must repeat the name of the directory.</summary>
    private static long DataStart(ReadOnlySpan<byte> bytes, ulong local, ReadOnlySpan<byte> name, long end)
    {
        string shown = Encoding.UTF8.GetString(name);
        if (local > (ulong)end || (ulong)end - local < LocalSize || U32(bytes, (long)local) != LocalMark)
            throw Damaged($"its entry {Printable.Text(shown)} is not where the directory says");
        var header = bytes[(int)local..(int)end];
        int nameLength = U16(header, 26), data = LocalSize + nameLength + U16(header, 28);
        if (data > header.Length || !header.Slice(LocalSize, nameLength).SequenceEqual(name))
            throw Damaged($"its entry {Printable.Text(shown)} has another name in front of its data");
        return (long)local + data;
    }

    private static void CheckOverlaps(List<(long Start, long End, string Name)> ranges)
    {
        ranges.Sort((a, b) => a.Start.CompareTo(b.Start));
        for (int i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
                throw new PickleException($"has archive entries that overlap: {Printable.Text(ranges[i - 1].Name)} and {Printable.Text(ranges[i].Name)}");
        }
    }

    private static PickleException Damaged(string what) => new($"is a damaged zip archive: {what}");

    private static ushort U16(ReadOnlySpan<byte> bytes, long at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(int)at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, long at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, long at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)at..]);
}
