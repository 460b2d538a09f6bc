using System.CommandLine;
using NativeEngine.Cli.Bench;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cpu.Probes;

namespace NativeEngine.Cli.Verbs;

internal static partial class BenchCommand
{
    private static Command Ops()
    {
        var command = new Command("ops", "time single operations and show their share of the machine's arithmetic peak or copy bandwidth");
        var only = new Option<string?>("--only") { Description = "only operations whose name contains this text" };
        var devices = new DeviceFlags();
        var baseline = new BaselineOptions();
        command.Options.Add(only);
        devices.AddTo(command);
        baseline.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var choice = devices.Choice(parsed);
            var chosen = choice.Open();
            using var engine = new Engine(chosen.Backend);
            string machine = BaselineOptions.Machine(chosen.Description),
                workload = $"single operations, winograd {choice.Winograd.ToString().ToLowerInvariant()}";
            var before = baseline.Read(parsed, machine, workload);
            var context = (chosen.Backend as CpuBackend)?.Context;
            double bandwidth = context == null ? 0 : MachineProbe.CopyBandwidth(context);
            terminal.Line($"bench ops | device {chosen.Description} | copy bandwidth {bandwidth:F0} GB/s; effective GFLOP/s of Winograd convolutions "
                + "count direct arithmetic");
            var rows = new List<object>();
            var figures = new Dictionary<string, double>();
            foreach (var test in new OpsBench(engine).Cases().Where(c => c.Name.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal)))
            {
                using var step = engine.BeginStep();
                Samples samples = Samples.Take(test.Prepare(), 2, 0.4, 7, 0.3);
                double peak = context == null ? 0 : MachineProbe.PeakGflops(context);
                double gflops = test.Flops / samples.MedianMs / 1e6, rate = test.Bytes / samples.MedianMs / 1e6;
                string share = test.Flops > 0
                    ? $"{gflops,7:F0} GFLOP/s{(peak > 0 ? $" {gflops / peak,5:P0} of {peak:F0}" : "")}"
                    : $"{rate,7:F1} GB/s   {(bandwidth > 0 ? $" {rate / bandwidth,5:P0} of {bandwidth:F0}" : "")}";
                terminal.Result($"{test.Name,-44} {samples.MedianMs,9:F3} ms (min {samples.MinMs,9:F3})  {share}");
                figures.Add($"{test.Name} ms", samples.MedianMs);
                rows.Add(new
                {
                    name = test.Name, median_ms = samples.MedianMs, min_ms = samples.MinMs, max_ms = samples.MaxMs, gflops, gb_s = rate,
                    peak_gflops = peak, copy_gb_s = bandwidth
                });
            }
            if (rows.Count == 0) throw new UsageException($"--only '{parsed.GetValue(only)}': no operation has this in its name");
            var (code, gate) = baseline.Apply(parsed, terminal, before, new Baseline(machine, workload, figures));
            terminal.JsonResult(new { device = chosen.Description, copy_gb_s = bandwidth, ops = rows, baseline = gate });
            return code;
        });
    }
}
