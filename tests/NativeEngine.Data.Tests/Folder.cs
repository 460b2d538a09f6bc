using System.Buffers.Binary;
using System.IO.Compression;

namespace NativeEngine.Data.Tests;

/// <summary>A temporary folder with helpers that write IDX files; deleted when disposed.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nengine-data-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    /// <summary>An IDX file with any magic number and extents, whether or not the data fits them.</summary>
    public static byte[] Idx(uint magic, uint[] extents, ReadOnlySpan<byte> data)
    {
        var file = new byte[4 + 4 * extents.Length + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(file, magic);
        for (int i = 0; i < extents.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 + 4 * i), extents[i]);
        data.CopyTo(file.AsSpan(4 + 4 * extents.Length));
        return file;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>Writes a complete set of small images.</summary>
    public void WriteSet(string prefix = "", string test = "t10k", string separator = "-", bool gzip = false, int train = 6, int evaluation = 4, Func<int,
        byte>? label = null)
    {
        label ??= i => (byte)(i % 3);
        foreach (var (part, count) in new[] { ("train", train), (test, evaluation) })
        {
            var images = Idx(0x803, [(uint)count, 2, 2], Enumerable.Range(0, count * 4).Select(i => (byte)i).ToArray());
            var labels = Idx(0x801, [(uint)count], Enumerable.Range(0, count).Select(label).ToArray());
            string end = gzip ? ".gz" : "";
            Write($"{prefix}{part}-images{separator}idx3-ubyte{end}", gzip ? Gzip(images) : images);
            Write($"{prefix}{part}-labels{separator}idx1-ubyte{end}", gzip ? Gzip(labels) : labels);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
