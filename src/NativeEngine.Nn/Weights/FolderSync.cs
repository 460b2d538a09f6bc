using System.Runtime.InteropServices;

namespace NativeEngine.Nn;

/// <summary>
/// Makes the names in a folder as durable as the files: a rename is an entry of the folder, and where the power fails before that is
/// written the old name comes back. .NET has no call for it.
/// </summary>
public static class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Waits until the folder's entries are on disk; false where the system or the file system has no such call.</summary>
    public static bool Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return false; // NTFS writes renames to its journal itself
        try
        {
            int file = Open(folder, ReadOnly);
            if (file < 0)
                return false;
            int result = Sync(file);
            _ = Close(file);
            return result == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

#pragma warning disable SYSLIB1054 // the generated marshalling would need pointers, which stay in the backends
    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    private static extern int Sync(int file);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int file);
#pragma warning restore SYSLIB1054
}
