using System.Diagnostics;
using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Writes files so that a reader sees the old or the new contents, never a part: temporary name, fsync, rename, fsync of the folder.</summary>
public static class AtomicFile
{
    private const string Extension = ".tmp";

    /// <summary>
    /// Writes <paramref name="path"/>; on any failure (disk full, no permission) the old file stays and the temporary one is removed. A link is followed: the
    /// file it names is replaced. What a killed process left of an earlier attempt is removed, too.
    /// </summary>
    /// <exception cref="CheckpointException">The file cannot be written, or is a device or pipe.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = "";
        try
        {
            string full = Target(path);
            temporary = $"{full}.{Environment.ProcessId}{Extension}";
            RemoveLeftovers(full);
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
            throw new CheckpointException(FileProblem.Writing(path, e), e);
        }
        catch
        {
            Remove(temporary);
            throw;
        }
    }

    /// <summary>The file that is replaced. A rename over anything but a file would do harm: a device of the system would be gone.</summary>
    private static string Target(string path)
    {
        var file = new FileInfo(Path.GetFullPath(path));
        if (file.LinkTarget is not null)
            file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        if (file.Exists && OperatingSystem.IsLinux() && !IsRegular(file))
            throw new IOException("it is a device or a pipe");
        return file.FullName;
    }

    /// <summary>Nothing with contents is a device; an empty file is opened to see.</summary>
    private static bool IsRegular(FileInfo file)
    {
        if (file.Length > 0)
            return true;
        try
        {
            NamedPipe.Refuse(file.FullName);
        }
        catch (IOException)
        {
            return false;
        }

        return !file.FullName.StartsWith("/dev/", StringComparison.Ordinal) || file.FullName.StartsWith("/dev/shm/", StringComparison.Ordinal);
    }

    private static void RemoveLeftovers(string full)
    {
        string name = Path.GetFileName(full);
        foreach (string path in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, $"*{Extension}"))
        {
            var middle = Path.GetFileName(path).AsSpan();
            if (middle.Length > name.Length + 1 + Extension.Length && middle.StartsWith(name, StringComparison.Ordinal) && middle[name.Length] == '.'
                && int.TryParse(middle[(name.Length + 1)..^Extension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                    && !IsRunning(process))
                Remove(path);
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Remove(string path)
    {
        if (path.Length == 0)
            return;
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
