using System.Buffers.Binary;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Writes zip archives field by field, so that a test can make any of them lie.</summary>
internal sealed class ZipBuilder
{
    private readonly List<Entry> _entries = [];

    /// <summary>What the end record says, null for the truth.</summary>
    public long? Count { get; set; }

    public uint? DirectoryStart { get; set; }

    public uint? DirectorySize { get; set; }

    public ushort Disk { get; set; }

    /// <summary>Puts a 64-bit end record in front of the plain one, whose numbers are then all ones.</summary>
    public bool Wide { get; set; }

    /// <summary>What the locator says about the place of the 64-bit end record.</summary>
    public ulong? WideEnd { get; set; }

    /// <param name="Name">In the directory.</param>
    /// <param name="Data">Contents.</param>
    /// <param name="LocalName">In front of the data.</param>
    /// <param name="Local">Offset that the directory says; null for the truth.</param>
    /// <param name="Size">That the directory says.</param>
    /// <param name="Packed">That the directory says.</param>
    /// <param name="Method">0: stored, 8: deflated.</param>
    /// <param name="Flags">Bit 0: encrypted.</param>
    /// <param name="Extra">Field of the directory's record.</param>
    public sealed record Entry(string Name, byte[] Data, string? LocalName = null, uint? Local = null, uint? Size = null, uint? Packed = null,
        ushort Method = 0, ushort Flags = 0, byte[]? Extra = null);

    public ZipBuilder Add(Entry entry)
    {
        _entries.Add(entry);
        return this;
    }

    public ZipBuilder Add(string name, byte[] data) => Add(new Entry(name, data));

    public byte[] Build()
    {
        var zip = new MemoryStream();
        var starts = new List<uint>();
        foreach (var e in _entries)
        {
            starts.Add((uint)zip.Length);
            byte[] name = Encoding.UTF8.GetBytes(e.LocalName ?? e.Name);
            Write(zip, 0x04034b50u, (ushort)20, e.Flags, e.Method, 0u, Crc32.Append(0, e.Data), (uint)e.Data.Length, (uint)e.Data.Length, (ushort)name.Length,
                (ushort)0, name, e.Data);
        }

        uint start = (uint)zip.Length;
        for (int i = 0; i < _entries.Count; i++)
        {
            var e = _entries[i];
            byte[] name = Encoding.UTF8.GetBytes(e.Name), extra = e.Extra ?? [];
            Write(zip, 0x02014b50u, (ushort)20, (ushort)20, e.Flags, e.Method, 0u, Crc32.Append(0, e.Data), e.Packed ?? (uint)e.Data.Length,
                e.Size ?? (uint)e.Data.Length,
                (ushort)name.Length, (ushort)extra.Length, (ushort)0, (ushort)0, (ushort)0, 0u, e.Local ?? starts[i], name, extra);
        }

        uint size = (uint)zip.Length - start;
        if (Wide)
        {
            ulong end = (ulong)zip.Length, count = (ulong)(Count ?? _entries.Count);
            Write(zip, 0x06064b50u, 44ul, (ushort)45, (ushort)45, 0u, 0u, count, count, (ulong)(DirectorySize ?? size), (ulong)(DirectoryStart ?? start));
            Write(zip, 0x07064b50u, 0u, WideEnd ?? end, 1u);
            Write(zip, 0x06054b50u, Disk, Disk, ushort.MaxValue, ushort.MaxValue, uint.MaxValue, uint.MaxValue, (ushort)0);
        }
        else
        {
            ushort count = (ushort)(Count ?? _entries.Count);
            Write(zip, 0x06054b50u, Disk, Disk, count, count, DirectorySize ?? size, DirectoryStart ?? start, (ushort)0);
        }

        return zip.ToArray();
    }

    private static void Write(MemoryStream stream, params object[] fields)
    {
        Span<byte> eight = stackalloc byte[8];
        foreach (object field in fields)
        {
            if (field is byte[] bytes)
            {
                stream.Write(bytes);
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(eight, Convert.ToUInt64(field));
            stream.Write(eight[..(field is ushort ? 2 : field is uint ? 4 : 8)]);
        }
    }
}
