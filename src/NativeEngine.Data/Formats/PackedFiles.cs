using System.Formats.Tar;
using System.IO.Compression;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Files of a folder or of a .tar, .tar.gz or .zip archive, by their own names without folders; an archive is read in place.</summary>
internal static class PackedFiles
{
    private const long MostBytes = 1L << 30;

    /// <summary>True for a name that an archive has.</summary>
    public static bool IsArchive(string path) => new[] { ".tar", ".tar.gz", ".tgz", ".zip" }.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the files whose names are wanted; those that are not there are missing.</summary>
    /// <param name="path">Folder or archive.</param>
    /// <param name="wanted">True for the names that are read.</param>
    /// <exception cref="DataException">The archive is damaged, too large, or cannot be read.</exception>
    public static Dictionary<string, byte[]> Read(string path, Func<string, bool> wanted)
    {
        var files = new Dictionary<string, byte[]>();
        try
        {
            if (Directory.Exists(path))
            {
                foreach (string file in Directory.EnumerateFiles(path).Where(f => wanted(Path.GetFileName(f))))
                    files[Path.GetFileName(file)] = SmallFile.ReadBytes(file, MostBytes);
                return files;
            }

            if (path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                using var zip = ZipFile.OpenRead(path);
                foreach (var entry in zip.Entries.Where(e => wanted(e.Name)))
                {
                    using var stream = entry.Open();
                    Take(entry.Name, stream);
                }

                return files;
            }

            using var raw = new FileStream(path, FileMode.Open, FileAccess.Read);
            using Stream plain = path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? raw : new GZipStream(raw, CompressionMode.Decompress);
            using var tar = new TarReader(plain);
            while (tar.GetNextEntry() is { } entry)
            {
                string name = Path.GetFileName(entry.Name);
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.DataStream is { } data && wanted(name))
                    Take(name, data);
            }

            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException or FormatException
            or ArgumentException)
        {
            throw new DataException(e is IOException and not EndOfStreamException or UnauthorizedAccessException ? FileProblem.Reading(path, e)
                : $"{path} is damaged: {e.Message.TrimEnd('.')}", e);
        }

        void Take(string name, Stream data)
        {
            using var bytes = new MemoryStream();
            var piece = new byte[1 << 16];
            while (data.Read(piece) is > 0 and var count)
            {
                bytes.Write(piece, 0, count);
                if (bytes.Length + files.Values.Sum(f => (long)f.Length) > MostBytes)
                    throw new InvalidDataException($"{name} unfolds to more than {MostBytes >> 20} MiB");
            }

            files[name] = bytes.ToArray();
        }
    }
}
