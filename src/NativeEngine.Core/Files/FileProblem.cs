namespace NativeEngine.Core;

/// <summary>Sentences about files that cannot be read or written: the name as the user wrote it, once, and what is wrong.</summary>
public static class FileProblem
{
    private const int NoSpace = 28, ReadOnlyFileSystem = 30, QuotaExceeded = 122; // ENOSPC, EROFS, EDQUOT of Linux

    /// <summary>Why a file cannot be read.</summary>
    public static string Reading(string path, Exception error) => error switch
    {
        _ when Directory.Exists(path) => $"{path} is a folder, expected a file",
        FileNotFoundException or DirectoryNotFoundException => $"{path}: no such file",
        UnauthorizedAccessException => $"{path}: no permission to read it",
        _ when error.Message.Contains(path, StringComparison.Ordinal) => error.Message,
        _ => $"cannot read {path}: {error.Message.TrimEnd('.')}",
    };

    /// <summary>Why the contents of a folder cannot be listed.</summary>
    public static string Listing(string path, Exception error) => error switch
    {
        DirectoryNotFoundException => $"{path}: no such folder",
        UnauthorizedAccessException => $"{path}: no permission to read this folder",
        _ => $"cannot read {path}: {error.Message.TrimEnd('.')}",
    };

    /// <summary>Why a file cannot be written.</summary>
    public static string Writing(string path, Exception error) => error switch
    {
        _ when Directory.Exists(path) => $"cannot write {path}: it is a folder",
        DirectoryNotFoundException => $"cannot write {path}: its folder does not exist",
        UnauthorizedAccessException => $"cannot write {path}: no permission",
        IOException { HResult: NoSpace or QuotaExceeded } => $"cannot write {path}: no space left on the disk",
        IOException { HResult: ReadOnlyFileSystem } => $"cannot write {path}: the file system is read-only",
        _ => $"cannot write {path}: {error.Message.TrimEnd('.')}",
    };
}
