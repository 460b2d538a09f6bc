using System.Runtime.InteropServices;

namespace NativeEngine.Cpu.Memory;

/// <summary>The one system call that .NET does not offer.</summary>
internal static unsafe partial class Libc
{
    private const int MadvHugepage = 14;

    /// <summary>Asks Linux to back whole huge pages of a range; a refusal costs speed, not correctness, so the result is not looked at.</summary>
    public static void AdviseHugePages(void* start, nuint length)
    {
        if (length == 0) return;
        try
        {
            _ = Madvise(start, length, MadvHugepage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A Linux without a library of this name or without the call runs on small pages.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* address, nuint length, int advice);
}
