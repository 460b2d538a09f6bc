using System.CommandLine;
using NativeEngine.Cli.Bench;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cpu.Probes;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine bench</c>: how fast this machine trains, as numbers that can be compared.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var command = new Command("bench", "measure training steps and single operations");
        command.Subcommands.Add(Step());
        command.Subcommands.Add(Ops());
        return command;
    }

    private static Command Step()
    {
        var command = new Command("step", "time whole training steps of a model: forward, backward, update");
        var model = new Option<string>("--model") { Description = "name from `models list`", DefaultValueFactory = _ => "resnet18_cifar" };
        var batch = new Option<int>("--batch", "--batch-size", "-b") { Description = "images per step", DefaultValueFactory = _ => 64 };
        var size = new Option<int?>("--img-size") { Description = "height and width of the images (default: the model's)" };
        var channels = new Option<int?>("--in-chans") { Description = "channels of the images (default: the model's)" };
        var classes = new Option<int?>("--num-classes") { Description = "classes (default: the model's)" };
        var steps = new Option<int>("--steps") { Description = "timed steps (0 = at least 7 and at least 3 s)" };
        var inference = new Option<bool>("--inference") { Description = "time the forward pass in evaluation mode instead" };
        var profile = new Option<bool>("--profile") { Description = "also show the time per operation" };
        var winograd = new Option<WinogradMode>("--winograd") { Description = "off | f2 | f4 | auto", DefaultValueFactory = _ => WinogradMode.Auto };
        var devices = new DeviceOptions();
        foreach (Option option in (Option[])[model, batch, size, channels, classes, steps, inference, profile, winograd]) command.Options.Add(option);
        devices.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            int count = parsed.GetValue(steps), images = parsed.GetValue(batch);
            if (images < 1) throw new UsageException($"--batch {images}: expects at least 1");
            if (count < 0) throw new UsageException($"--steps {count}: expects 0 or more");
            var chosen = BackendFactory.Create(parsed.GetValue(devices.Device)!, parsed.GetValue(devices.Threads), parsed.GetValue(winograd), countMemory: true);
            using var engine = new Engine(chosen.Backend);
            var options = new ModelOptions { ImgSize = parsed.GetValue(size), InChans = parsed.GetValue(channels), NumClasses = parsed.GetValue(classes) };
            using var bench = new StepBench(engine, parsed.GetValue(model)!, images, options, parsed.GetValue(inference));
            terminal.Line($"bench step | device {chosen.Description} | model {parsed.GetValue(model)} batch {images}");
            var context = (chosen.Backend as CpuBackend)?.Context;
            double firstLoss = bench.Run(), loss = firstLoss;
            Samples samples = count == 0
                ? Samples.Take(() => loss = bench.Run(), 2, 7, 3)
                : Samples.Take(() => loss = bench.Run(), Math.Min(2, count), count, 0, count);
            double peak = context == null ? 0 : MachineProbe.PeakGflops(context);
            double gflops = bench.Flops / samples.MedianMs / 1e6, imagesPerSecond = images * 1e3 / samples.MedianMs;
            terminal.Result($"median {samples.MedianMs:F2} ms  (min {samples.MinMs:F2}, max {samples.MaxMs:F2}, {samples.Count} steps)  {imagesPerSecond:F1} img/s");
            terminal.Result($"peak memory {StepBench.PeakRssMb():F0} MB resident, {engine.Backend.Memory.PeakBytes / 1048576.0:F0} MB in buffers");
            terminal.Result($"{gflops:F0} GFLOP/s of direct arithmetic{(peak > 0 ? $"; multiply-add peak of this machine now: {peak:F0}" : "")}");
            var device = DeviceStepReport.Measure(engine, bench);
            foreach (string line in device?.Lines() ?? []) terminal.Result(line);
            var profiled = parsed.GetValue(profile) ? bench.Profile(5) : [];
            foreach (var (operation, ms, calls) in profiled) terminal.Result($"  {operation,-28} {ms,9:F3} ms  {calls,5:F0} calls");
            terminal.JsonResult(new
            {
                model = parsed.GetValue(model), batch = images, img_size = options.ImgSize, inference = parsed.GetValue(inference), device = chosen.Description,
                median_ms = samples.MedianMs, min_ms = samples.MinMs, max_ms = samples.MaxMs, steps = samples.Count, img_s = imagesPerSecond,
                peak_rss_mb = StepBench.PeakRssMb(), buffer_mb = engine.Backend.Memory.PeakBytes / 1048576.0, gflops, peak_gflops = peak, first_loss = firstLoss, last_loss = loss,
                profile = profiled.Select(o => new { operation = o.Operation, ms = o.Ms, calls = o.Calls }),
                launches = device?.Launches, library_calls = device?.LibraryCalls, graph_launches = device?.GraphLaunches, host_syncs = device?.HostSyncs, allocations = device?.Allocations,
                bytes_moved = device?.BytesMoved, bytes_minimum = device?.BytesMinimum, kernel_ratio = device?.KernelRatio, peak_bytes = device?.PeakBytes, live_bytes = device?.LiveBytes,
                eager_reason = device?.EagerReason,
                estimates = device?.Estimates.Select(e => new { gpu = e.Gpu, ms = e.Milliseconds, library_share = e.LibraryShare }),
            });
            return ExitCode.Ok;
        });
    }

    private static Command Ops()
    {
        var command = new Command("ops", "time single operations and show their share of the machine's arithmetic peak or copy bandwidth");
        var only = new Option<string?>("--only") { Description = "only operations whose name contains this text" };
        var winograd = new Option<WinogradMode>("--winograd") { Description = "off | f2 | f4 | auto", DefaultValueFactory = _ => WinogradMode.Auto };
        var devices = new DeviceOptions();
        command.Options.Add(only);
        command.Options.Add(winograd);
        devices.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var chosen = BackendFactory.Create(parsed.GetValue(devices.Device)!, parsed.GetValue(devices.Threads), parsed.GetValue(winograd));
            using var engine = new Engine(chosen.Backend);
            var context = (chosen.Backend as CpuBackend)?.Context;
            double bandwidth = context == null ? 0 : MachineProbe.CopyBandwidth(context);
            terminal.Line($"bench ops | device {chosen.Description} | copy bandwidth {bandwidth:F0} GB/s; effective GFLOP/s of Winograd convolutions count direct arithmetic");
            var rows = new List<object>();
            foreach (var test in new OpsBench(engine).Cases().Where(c => c.Name.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal)))
            {
                using var step = engine.BeginStep();
                Samples samples = Samples.Take(test.Prepare(), 2, 7, 0.3);
                double peak = context == null ? 0 : MachineProbe.PeakGflops(context);
                double gflops = test.Flops / samples.MedianMs / 1e6, rate = test.Bytes / samples.MedianMs / 1e6;
                string share = test.Flops > 0
                    ? $"{gflops,7:F0} GFLOP/s{(peak > 0 ? $" {gflops / peak,5:P0} of {peak:F0}" : "")}"
                    : $"{rate,7:F1} GB/s   {(bandwidth > 0 ? $" {rate / bandwidth,5:P0} of {bandwidth:F0}" : "")}";
                terminal.Result($"{test.Name,-44} {samples.MedianMs,9:F3} ms (min {samples.MinMs,9:F3})  {share}");
                rows.Add(new { name = test.Name, median_ms = samples.MedianMs, min_ms = samples.MinMs, max_ms = samples.MaxMs, gflops, gb_s = rate, peak_gflops = peak, copy_gb_s = bandwidth });
            }
            if (rows.Count == 0) throw new UsageException($"--only '{parsed.GetValue(only)}': no operation has this in its name");
            terminal.JsonResult(new { device = chosen.Description, copy_gb_s = bandwidth, ops = rows });
            return ExitCode.Ok;
        });
    }
}
