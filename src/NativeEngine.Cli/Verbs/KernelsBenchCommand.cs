using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Benchmarks;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary>
/// <c>nengine kernels bench</c>: on the software GPU exact counters, a roofline estimate per GPU model and the interpreter's speed;
/// on hardware the time. Counters depend on the kernels alone, so a baseline of them is a budget.
/// </summary>
internal static class KernelsBenchCommand
{
    private const int Repeats = 3, Launches = 50;

    public static Command Create()
    {
        var names = new Argument<string[]>("name")
        {
            Description = "kernels, families, or prefixes ending in * (all workloads when absent); or FILE.ptx "
            + "ENTRY with --arg", Arity = ArgumentArity.ZeroOrMore
        };
        var device = KernelsCommand.DeviceOption();
        var baseline = new Option<string?>("--baseline") { Description = "compare the counters with this file (soft only)" };
        var regress = new Option<string>("--max-regress") { Description = "how much a counter may grow over the baseline", DefaultValueFactory = _ => "2%" };
        var save = new Option<string?>("--save") { Description = "write the counters to this file (soft only)" };
        var seed = new Option<ulong>("--seed") { Description = "seed of random buffers of a PTX file", DefaultValueFactory = _ => 42 };
        var launch = new PtxLaunchOptions();
        var command = new Command("bench", "measure the kernels: counters and roofline on soft, time on cuda") { names, device, baseline, regress, save, seed };
        launch.AddLaunch(command);
        return command.Runs((parsed, terminal) =>
        {
            string where = parsed.GetValue(device)!;
            double allowed = Percent(parsed.GetValue(regress)!);
            string[] selected = parsed.GetValue(names) ?? [];
            if (selected.Length == 0 || !PtxFile.IsName(selected[0]))
                launch.RefuseAll(parsed);
            IReadOnlyList<KernelWork> wanted = selected.Length > 0 && PtxFile.IsName(selected[0])
                ? [KernelWork.Of(launch.Read(parsed, selected[0], PtxFile.EntryName(selected)) with { Seed = parsed.GetValue(seed) })]
                : [.. KernelNames.Select(selected, KernelWorkloads.All, static w => w.Kernel, "workload").Select(KernelWork.Of)];
            if (where != "soft")
            {
                if (parsed.GetValue(baseline) is not null || parsed.GetValue(save) is not null)
                    throw new UsageException("--baseline and --save compare counters, which only --device soft has");
                return Time(terminal, wanted, where);
            }

            // A wrong baseline is found before anything is measured.
            var budget = parsed.GetValue(baseline) is { } file ? KernelBudget.Read(file) : null;
            var counted = Count(terminal, wanted);
            if (parsed.GetValue(save) is { } target)
                File.WriteAllText(target, JsonSerializer.Serialize(new KernelBudget(counted), KernelBudget.Style) + "\n");
            return budget is null ? ExitCode.Ok : Gate(terminal, counted, budget, parsed.GetValue(baseline)!, allowed);
        });
    }

    private static double Percent(string text) =>
        double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= 0
            ? value / 100
            : throw new UsageException($"--max-regress {text}: expected a percentage such as 2%");

    private static SortedDictionary<string, KernelCounts> Count(Terminal terminal, IReadOnlyList<KernelWork> workloads)
    {
        terminal.Result($"{"kernel",-26} {"size",-34} {"Minstr",8} {"lanes",6} {"MiB moved",10} {"excess",7} {"conflicts",10} {"Ginstr/s",9}   estimated "
            + $"us on {string.Join(" | ", GpuModel.All.Select(g => g.Name))}");
        var all = new SortedDictionary<string, KernelCounts>(StringComparer.Ordinal);
        foreach (var workload in workloads)
        {
            var (counters, speed) = workload.Count(Repeats);
            var counts = KernelMeter.Budgeted(counters);
            all[workload.Name] = counts;
            double moved = counts.MovedSectors * 32.0, minimum = workload.MinimumBytes ?? counters.NeededSectors * 32L, excess = moved / Math.Max(1, minimum);
            double[] estimates = [.. GpuModel.All.Select(g => g.Microseconds(counts.MovedSectors, counts.ThreadInstructions))];
            terminal.Result($"{workload.Name,-26} {workload.Size,-34} {counts.ThreadInstructions / 1e6,8:F2} {counters.LaneUse,6:P0} "
                + $"{moved / (1 << 20),10:F2} {excess,6:F2}x {counts.BankConflicts,10} {speed / 1e9,9:F2}   "
                    + $"{string.Join(" | ", estimates.Select(e => e.ToString("F1")))}");
            terminal.JsonResult(new
            {
                kernel = workload.Name,
                size = workload.Size,
                counters = counts,
                lane_use = counters.LaneUse,
                bytes_moved = (long)moved,
                bytes_minimum = (long)minimum,
                instructions_per_second = speed,
                estimated_microseconds = GpuModel.All.Zip(estimates).ToDictionary(p => p.First.Name, p => p.Second),
            });
        }

        return all;
    }

    private static ExitCode Time(Terminal terminal, IReadOnlyList<KernelWork> workloads, string where)
    {
        terminal.Result($"{"kernel",-26} {"size",-34} {"us",9} {"GB/s",8}");
        foreach (var workload in workloads)
        {
            double seconds = workload.Time(where, Launches);
            double? speed = workload.MinimumBytes / seconds / 1e9;
            terminal.Result($"{workload.Name,-26} {workload.Size,-34} {seconds * 1e6,9:F1} {speed,8:F0}");
            terminal.JsonResult(new { kernel = workload.Name, size = workload.Size, microseconds = seconds * 1e6, gigabytes_per_second = speed });
        }

        return ExitCode.Ok;
    }

    private static ExitCode Gate(Terminal terminal, SortedDictionary<string, KernelCounts> counted, KernelBudget budget, string file, double allowed)
    {
        var findings = budget.Exceeded(counted, allowed);
        foreach (string finding in findings)
            terminal.Result($"FAIL  {finding}");
        terminal.Result($"{counted.Count} kernels, {findings.Count} counters over the baseline {file} by more than {allowed:P1}");
        terminal.JsonResult(new { kernels = counted.Count, baseline = file, findings });
        return findings.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }
}
