using System.CommandLine;
using NativeEngine.Cli.Bench;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cpu.Probes;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Verbs;

internal static partial class BenchCommand
{
    private static Command Step()
    {
        var command = new Command("step", "time whole training steps of a model: forward, backward, update");
        var model = RunSettings.Flag<string>("model", "name from `models list`", "resnet18_cifar");
        var batch = RunSettings.Flag<int>("batch_size", "images per step", 64, also: "--batch");
        var size = RunSettings.Flag<int?>("img_size", "height and width of the images (default: the model's)");
        var channels = RunSettings.Flag<int?>("in_chans", "channels of the images (default: the model's)");
        var classes = RunSettings.Flag<int?>("num_classes", "classes (default: the model's)");
        var part = new Option<string?>("--part") { Description = "run only this module of the model on the images, such as features" };
        var steps = new Option<int>("--steps") { Description = "timed steps (0 = at least 7 and at least 3 s)" };
        var inference = new Option<bool>("--inference") { Description = "time the forward pass in evaluation mode instead" };
        var profile = new Option<bool>("--profile") { Description = "also show the time per operation" };
        var devices = new DeviceFlags();
        var baseline = new BaselineOptions();
        foreach (Option option in (Option[])[model, batch, size, channels, classes, part, steps, inference, profile]) command.Options.Add(option);
        devices.AddTo(command);
        baseline.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            int count = parsed.GetValue(steps), images = parsed.GetValue(batch);
            if (images < 1) throw new UsageException($"--batch {images}: expects at least 1");
            if (count < 0) throw new UsageException($"--steps {count}: expects 0 or more");
            string name = parsed.GetValue(model)!;
            var choice = devices.Choice(parsed) with { CountMemory = true };
            var chosen = choice.Open();
            using var engine = new Engine(chosen.Backend);
            var options = new ModelOptions { ImgSize = parsed.GetValue(size), InChans = parsed.GetValue(channels), NumClasses = parsed.GetValue(classes) };
            using var bench = new StepBench(engine, name, images, options, parsed.GetValue(inference), parsed.GetValue(part));
            string machine = BaselineOptions.Machine(chosen.Description);
            string workload = $"{(parsed.GetValue(inference) ? "inference" : "training step")} of "
                + $"{name}{(parsed.GetValue(part) is { } module ? $".{module}" : "")}, input {bench.InputShape}, {bench.Classes} classes, winograd "
                    + $"{choice.Winograd.ToString().ToLowerInvariant()}";
            var before = baseline.Read(parsed, machine, workload);
            terminal.Line($"bench step | device {chosen.Description} | model {name} batch {images}");
            var context = (chosen.Backend as CpuBackend)?.Context;
            double firstLoss = bench.Run(), loss = firstLoss;
            Samples samples = count == 0
                ? Samples.Take(() => loss = bench.Run(), 2, 1, 7, 3)
                : Samples.Take(() => loss = bench.Run(), Math.Min(2, count), 0, count, 0, count);
            double rss = ProcessMemory.PeakMb();
            var memory = engine.Backend.Memory;
            var plan = context?.Memory.Plan ?? default;
            double peak = context == null ? 0 : MachineProbe.PeakGflops(context);
            double gflops = bench.Flops / samples.MedianMs / 1e6, imagesPerSecond = images * 1e3 / samples.MedianMs;
            terminal.Result($"median {samples.MedianMs:F2} ms  (min {samples.MinMs:F2}, max {samples.MaxMs:F2}, {samples.Count} steps)  "
                + $"{imagesPerSecond:F1} img/s");
            terminal.Result($"peak memory {rss:F0} MB resident, {Mb(memory.PeakBytes):F0} MB in buffers, {Mb(memory.ReservedBytes):F0} MB reserved for them"
                + (plan.Blocks > 0 ? $"; plan of a step: {plan.Blocks} big buffers in {Mb(plan.Bytes):F0} MB" : ""));
            terminal.Result($"{gflops:F0} GFLOP/s of direct arithmetic{(peak > 0 ? $"; multiply-add peak of this machine now: {peak:F0}" : "")}");
            var device = DeviceStepReport.Measure(engine, bench);
            foreach (string line in device?.Lines() ?? []) terminal.Result(line);
            var profiled = parsed.GetValue(profile) ? bench.Profile(5) : [];
            foreach (var (operation, ms, calls) in profiled) terminal.Result($"  {operation,-28} {ms,9:F3} ms  {calls,5:F0} calls");
            var figures = new Dictionary<string, double> { ["median_ms"] = samples.MedianMs, ["peak_rss_mb"] = rss };
            var (code, gate) = baseline.Apply(parsed, terminal, before, new Baseline(machine, workload, figures));
            terminal.JsonResult(new
            {
                model = name, part = parsed.GetValue(part), batch = images, img_size = options.ImgSize, inference = parsed.GetValue(inference),
                device = chosen.Description,
                median_ms = samples.MedianMs, min_ms = samples.MinMs, max_ms = samples.MaxMs, steps = samples.Count, img_s = imagesPerSecond,
                peak_rss_mb = rss, buffer_mb = Mb(memory.PeakBytes), reserved_mb = Mb(memory.ReservedBytes), plan_buffers = plan.Blocks,
                plan_mb = Mb(plan.Bytes), gflops, peak_gflops = peak, first_loss = firstLoss, last_loss = loss,
                profile = profiled.Select(o => new { operation = o.Operation, ms = o.Ms, calls = o.Calls }),
                launches = device?.Launches, library_calls = device?.LibraryCalls, graph_launches = device?.GraphLaunches, host_syncs = device?.HostSyncs,
                allocations = device?.Allocations,
                bytes_moved = device?.BytesMoved, bytes_minimum = device?.BytesMinimum, kernel_ratio = device?.KernelRatio, peak_bytes = device?.PeakBytes,
                live_bytes = device?.LiveBytes,
                kernels = device?.Kernels.Select(k =>
                    new { name = k.Name, launches = k.Traffic.Launches, bytes_moved = k.Traffic.Bytes, bytes_minimum = k.Traffic.BytesMinimum }),
                eager_reason = device?.EagerReason,
                baseline = gate,
                estimates = device?.Estimates.Select(e => new { gpu = e.Gpu, ms = e.Milliseconds, library_share = e.LibraryShare }),
            });
            return code;
        });
    }

    private static double Mb(long bytes) => bytes / 1048576.0;
}
