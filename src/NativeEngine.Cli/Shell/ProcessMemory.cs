using System.Diagnostics;

namespace NativeEngine.Cli.Shell;

/// <summary>What the system says about this process.</summary>
internal static class ProcessMemory
{
    /// <summary>The largest resident size so far, in MiB.</summary>
    public static double PeakMb()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1048576.0;
    }
}
