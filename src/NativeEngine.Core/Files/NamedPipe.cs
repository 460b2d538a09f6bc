using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NativeEngine.Core;

/// <summary>Refuses named pipes before a file is opened, which would wait for a writer that may never come.</summary>
public static class NamedPipe
{
    private const int ReadNonBlockingCloseOnExec = 0x80800; // O_RDONLY | O_NONBLOCK | O_CLOEXEC of Linux

    /// <summary>Throws when a name is that of a pipe; whatever else it is, missing or forbidden, opening the file will say.</summary>
    /// <param name="path">The file. What the shell passes under /dev or /proc has its writer already and is left alone.</param>
    /// <exception cref="IOException">The file is a named pipe.</exception>
    public static void Refuse(string path)
    {
        if (!OperatingSystem.IsLinux() || path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal)
                || !MayBePipe(path))
            return;
        using var handle = new SafeFileHandle(Open(path, ReadNonBlockingCloseOnExec), ownsHandle: true);
        if (handle.IsInvalid)
            return;
        using var stream = new FileStream(handle, FileAccess.Read, 1);
        if (!stream.CanSeek)
            throw new IOException($"{path} is a named pipe, expected a regular file");
    }

    /// <summary>A pipe has no length; regular files are spared the second opening.</summary>
    private static bool MayBePipe(string path) => new FileInfo(path) is { Exists: true, Length: 0 };

#pragma warning disable SYSLIB1054 // the generated marshalling would need pointers, which stay in the backends
    [DllImport("libc", EntryPoint = "open")]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054
}
