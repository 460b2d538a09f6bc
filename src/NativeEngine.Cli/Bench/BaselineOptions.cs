using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;

namespace NativeEngine.Cli.Bench;

/// <summary>The regression gate of the benchmarks: <c>--baseline FILE</c> and <c>--tolerance</c>.</summary>
internal sealed class BaselineOptions
{
    private readonly Option<string?> _baseline =
        new("--baseline")
        {
            Description = "compare with the figures in this file and exit with 8 when one is worse; a file that does not exist is written",
            HelpName = "FILE"
        };
    private readonly Option<double> _tolerance =
        new("--tolerance") { Description = "how much worse a figure may be: 0.1 is 10 %", DefaultValueFactory = _ => 0.1 };

    public void AddTo(Command command)
    {
        command.Options.Add(_baseline);
        command.Options.Add(_tolerance);
    }

    /// <summary>
    /// Reads the file and checks that it fits, before anything is measured, so that a wrong one costs no time; null when none is given or it
    /// does not exist.
    /// </summary>
    public Baseline? Read(ParseResult parsed, string machine, string workload)
    {
        double tolerance = parsed.GetValue(_tolerance);
        if (!(tolerance >= 0) || !double.IsFinite(tolerance))
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--tolerance {tolerance}: expects a fraction of at least 0"));
        if (parsed.GetValue(_baseline) is not { } path || !File.Exists(path))
            return null;
        var baseline = Baseline.Read(path);
        baseline.Require(machine, workload, path);
        return baseline;
    }

    /// <summary>Compares or writes; returns what goes into the JSON result, and the exit code.</summary>
    public (ExitCode Code, object? Report) Apply(ParseResult parsed, Terminal terminal, Baseline? before, Baseline now)
    {
        if (parsed.GetValue(_baseline) is not { } path)
            return (ExitCode.Ok, null);
        if (before is null)
        {
            now.Write(path);
            terminal.Result($"baseline {path} written: {now.Figures.Count} figure{(now.Figures.Count == 1 ? "" : "s")} of {now.Workload}");
            return (ExitCode.Ok, new { file = path, written = true });
        }

        double tolerance = parsed.GetValue(_tolerance);
        var ratios = before.CompareWith(now.Figures, path);
        foreach (var r in ratios)
            terminal.Result(string.Create(CultureInfo.InvariantCulture,
                $"baseline {r.Name,-44} {r.Before,10:F3} -> {r.Now,10:F3}  ratio {r.Ratio:F3}{(r.IsWorse(tolerance) ? "  WORSE" : "")}"));
        int worse = ratios.Count(r => r.IsWorse(tolerance));
        if (worse > 0)
            Terminal.Warn(string.Create(CultureInfo.InvariantCulture, $"{worse} of {ratios.Count} figures are more than {tolerance:P0} worse than in {path}"));
        var report = new
        {
            file = path, written = false, tolerance, worse,
            figures = ratios.Select(r => new { name = r.Name, before = r.Before, now = r.Now, ratio = r.Ratio, worse = r.IsWorse(tolerance) })
        };
        return (worse > 0 ? ExitCode.CheckFailed : ExitCode.Ok, report);
    }

    /// <summary>Processor and device in words.</summary>
    public static string Machine(string device) => $"{Processor()}, {Environment.ProcessorCount} logical processors, device {device}";

    private static string Processor()
    {
        const string key = "model name";
        string? line = OperatingSystem.IsLinux() && File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) : null;
        return line is not null && line.Contains(':') ? line[(line.IndexOf(':') + 1)..].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
