using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Writes files so that a reader sees the old or the new contents, never a part: temporary name, fsync, rename, fsync of the folder.</summary>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/>; on any failure (disk full, no permission) the old file stays and the temporary one is removed.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path), temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
            FolderSync.Flush(Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            throw new CheckpointException($"cannot write {path}: {e.Message}", e);
        }
        catch
        {
            Remove(temporary);
            throw;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; a left-over temporary file harms nobody.
        }
    }
}
