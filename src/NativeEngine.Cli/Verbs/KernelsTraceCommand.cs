using System.CommandLine;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine kernels trace NAME</c>: what one thread of a kernel executes, beside the CUDA source.</summary>
internal static class KernelsTraceCommand
{
    public static Command Create()
    {
        var name = new Argument<string[]>("name") { Description = "a kernel of `kernels list`, or FILE.ptx ENTRY with --arg", Arity = ArgumentArity.OneOrMore };
        var block = new Option<string?>("--block") { Description = "of a PTX file: threads per block; of the engine's kernels the same as --at" };
        var at = new Option<string?>("--at") { Description = "position of the block to follow: x, x,y or x,y,z (0 when absent)" };
        var thread = new Option<string>("--thread") { Description = "position of the thread in its block", DefaultValueFactory = _ => "0" };
        var number = new Option<int>("--case") { Description = "which launch of the kernel's check to follow, from 1", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "seed of the random inputs", DefaultValueFactory = _ => KernelChecks.DefaultSeed };
        var command = new Command("trace", "print the instructions one thread executes, with register values, beside the CUDA source") { name, block, at,
            thread, number, seed };
        var options = new PtxLaunchOptions();
        options.AddLaunch(command, block: false);
        return command.Runs((parsed, terminal) =>
        {
            string[] names = parsed.GetValue(name)!;
            string wanted = names[0];
            if (PtxFile.IsName(wanted))
            {
                var followed = new TraceRequest(Position.Parse("--at", parsed.GetValue(at) ?? "0", 0),
                    Position.Parse("--thread", parsed.GetValue(thread)!, 0), _ => { });
                return Trace(terminal, options.Read(parsed, wanted, PtxFile.EntryName(names),
                    parsed.GetValue(block) ?? "32") with
                { Seed = parsed.GetValue(seed) }, followed);
            }

            options.RefuseAll(parsed);
            if (names.Length > 1)
                throw new UsageException($"{names[1]}: one kernel at a time");
            var check = KernelChecks.All.FirstOrDefault(c => c.Name == wanted)
                ?? throw new UsageException($"no kernel is named {wanted}{NearestName.Suggest(wanted, KernelChecks.All.Select(c => c.Name))}; see nengine "
                    + "kernels list");
            int launch = Verb.AtLeastOne("--case", parsed.GetValue(number));
            var printer = new TracePrinter(terminal);
            var request = new TraceRequest(Position.Parse("--at", parsed.GetValue(at) ?? parsed.GetValue(block) ?? "0", 0),
                Position.Parse("--thread", parsed.GetValue(thread)!, 0), printer.Print);
            using var device = new SoftKernelDevice();
            var run = new TracedRun(device, parsed.GetValue(seed), check.Kernel, launch, request);
            try
            {
                check.Body(run);
            }
            catch (TraceFinished)
            {
                // The launch that was asked for has run; the rest of the check is not needed.
            }
            if (run.Shape is not { } shape)
                throw new UsageException($"--case {launch}: the check of {wanted} launches it {run.Seen} times");
            if (printer.Count == 0)
                throw new UsageException($"block {request.Block} thread {request.Thread} is not in the launch of {shape.X},{shape.Y},{shape.Z} blocks of "
                    + $"{shape.Block} threads");
            terminal.Line($"{wanted}: {printer.Count} instructions of block {request.Block} thread {request.Thread}, grid {shape.X},{shape.Y},{shape.Z}, "
                + $"block {shape.Block} ({run.Case})");
            return ExitCode.Ok;
        });
    }

    /// <summary>Follows a thread of a kernel of a PTX file.</summary>
    private static ExitCode Trace(Terminal terminal, PtxCase launch, TraceRequest request)
    {
        var printer = new TracePrinter(terminal);
        using var device = new SoftPtxDevice(launch.Options with { Observers = ObserverSet.Trace, Trace = request with { Sink = printer.Print } }, false);
        var run = new PtxRun(launch, device);
        var result = run.Launch();
        foreach (var finding in result.Findings)
            terminal.Result(finding.ToString());
        if (printer.Count == 0 && result.IsClean)
            throw new UsageException($"block {request.Block} thread {request.Thread} is not in the launch of {launch.Grid} blocks of {launch.Block} threads");
        terminal.Line($"{run.Entry.Name}: {printer.Count} instructions of block {request.Block} thread {request.Thread}, grid {launch.Grid}, block "
            + $"{launch.Block}");
        return result.IsClean ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    /// <summary>Ends a check after the traced launch.</summary>
    private sealed class TraceFinished : Exception;

    /// <summary>A check run that traces one launch of one kernel.</summary>
    private sealed class TracedRun(SoftKernelDevice device, ulong seed, Kernel kernel, int launch, TraceRequest request) : KernelCheckRun(device, seed)
    {
        /// <summary>Launches of the kernel so far.</summary>
        public int Seen { get; private set; }

        /// <summary>Grid and block of the traced launch, once it ran.</summary>
        public LaunchShape? Shape { get; private set; }

        protected override void Execute<TArguments>(Kernel<TArguments> launched, LaunchShape shape, in TArguments arguments)
        {
            if (!ReferenceEquals(launched, kernel) || ++Seen != launch)
            {
                base.Execute(launched, shape, arguments);
                return;
            }
            Shape = shape;
            device.Options = LaunchOptions.Default with { Observers = ObserverSet.Trace, Trace = request };
            base.Execute(launched, shape, arguments);
            device.Synchronize();
            throw new TraceFinished();
        }
    }
}
