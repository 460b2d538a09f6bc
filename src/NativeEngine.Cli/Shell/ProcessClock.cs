using System.Diagnostics;

namespace NativeEngine.Cli.Shell;

/// <summary>Time since the process was started, the runtime's own start included.</summary>
internal static class ProcessClock
{
    public static double Seconds()
    {
        using var process = Process.GetCurrentProcess();
        return (DateTime.Now - process.StartTime).TotalSeconds;
    }
}
