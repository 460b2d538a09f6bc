using System.Text;

namespace NativeEngine.Core;

/// <summary>
/// Reads files that a user names whole, with a limit: a wrong name, such as that of a data set or of a device without an end, is refused before
/// it fills the memory.
/// </summary>
public static class SmallFile
{
    private const int Piece = 64 << 10;

    /// <summary>The whole text (UTF-8, with or without a byte order mark).</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Largest size that is read.</param>
    /// <param name="what">What the file is, for errors: <c>config file</c>.</param>
    /// <exception cref="UsageException">The file is missing or cannot be read, is larger, never ends, or is a named pipe.</exception>
    public static string ReadText(string path, long mostBytes, string what)
    {
        try
        {
            NamedPipe.Refuse(path);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            using var bytes = new MemoryStream();
            var piece = new byte[Piece];
            while (stream.Read(piece) is > 0 and var count)
            {
                bytes.Write(piece, 0, count);
                if (bytes.Length > mostBytes)
                    throw new UsageException($"{what} {path} is larger than {mostBytes >> 20} MiB, expected a small text file");
            }

            bytes.Position = 0;
            return new StreamReader(bytes, Encoding.UTF8).ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{what} {FileProblem.Reading(path, e)}", e);
        }
    }

    /// <summary>All bytes of a regular file. What has no length, a device say, counts as empty.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Largest size that is read.</param>
    /// <exception cref="IOException">The file cannot be read, is no regular file, or is larger.</exception>
    public static byte[] ReadBytes(string path, long mostBytes)
    {
        NamedPipe.Refuse(path);
        using var handle = File.OpenHandle(path);
        long length;
        try
        {
            length = RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException e)
        {
            throw new IOException("not a regular file", e);
        }

        if (length > mostBytes)
            throw new IOException($"{length} bytes, expected at most {mostBytes}");
        var bytes = new byte[length];
        int filled = 0;
        while (filled < bytes.Length && RandomAccess.Read(handle, bytes.AsSpan(filled), filled) is > 0 and var count)
            filled += count;
        return filled == bytes.Length ? bytes : throw new IOException("the file became shorter while it was read");
    }

    /// <summary>The lines of <see cref="ReadText"/>.</summary>
    public static string[] ReadLines(string path, long mostBytes, string what) =>
        ReadText(path, mostBytes, what).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
}
