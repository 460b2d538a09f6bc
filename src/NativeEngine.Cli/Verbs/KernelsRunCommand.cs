using System.CommandLine;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine kernels run FILE.ptx ENTRY</c>: any PTX, on the software GPU or on hardware.</summary>
internal static class KernelsRunCommand
{
    private const int ShownValues = 16;
    private const int MostJsonValues = 1 << 20;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "a PTX file" };
        var entry = new Argument<string?>("entry")
        {
            Description = "name of the kernel in it (may be absent when there is one)",
            Arity = ArgumentArity.ZeroOrOne
        };
        var device = KernelsCommand.DeviceOption();
        var sanitize = new Option<bool>("--sanitize") { Description = "find uninitialised reads and races too" };
        var seed = new Option<ulong>("--seed") { Description = "seed of random buffers", DefaultValueFactory = _ => 42 };
        var output = new Option<string[]>("--out")
        {
            Description = "write a buffer afterwards: FILE (.npy, or raw bytes), NAME=FILE or INDEX=FILE for one "
            + "of several"
        };
        var launch = new PtxLaunchOptions();
        var command = new Command("run", "run a kernel of any PTX file") { file, entry, device, output, sanitize, seed };
        launch.AddLaunch(command);
        launch.AddExpectations(command);
        return command.Runs((parsed, terminal) =>
        {
            string where = parsed.GetValue(device)!;
            if (parsed.GetValue(sanitize) && where != "soft")
                throw new UsageException($"--sanitize needs --device soft; hardware ('{where}') cannot watch its own memory");
            var wanted = launch.Read(parsed, parsed.GetValue(file)!, parsed.GetValue(entry)) with
            {
                Sanitize = parsed.GetValue(sanitize),
                Seed = parsed.GetValue(seed),
                Outputs = parsed.GetValue(output) ?? [],
            };
            using var opened = KernelsCommand.OpenPtx(where, null, wanted.Sanitize);
            var run = new PtxRun(wanted, opened);
            var result = run.Launch();
            var compared = result.Fault is null ? run.Compare() : [];
            Show(terminal, run, opened, result, compared, wanted);
            return result.IsClean && compared.All(c => c.Passed) ? ExitCode.Ok : ExitCode.CheckFailed;
        });
    }

    private static void Show(Terminal terminal, PtxRun run, IPtxDevice device, LaunchResult result, IReadOnlyList<Comparison> compared, PtxCase wanted)
    {
        if (result.Output.Length > 0)
            terminal.Result(result.Output.EndsWith('\n') ? result.Output[..^1] : result.Output);
        foreach (var finding in result.Findings)
            terminal.Result(finding.ToString());
        foreach (var buffer in run.Buffers)
            terminal.Result($"{buffer.Name} {buffer.Form}: {buffer.Describe(device, ShownValues)}");
        // What a kernel that stopped half-way left is not worth a file.
        var written = result.Fault is null ? run.WriteOutputs() : [];
        foreach (var (buffer, path) in written)
            terminal.Result($"{buffer.Name} {buffer.Form} is in {path}");
        foreach (var comparison in compared)
            terminal.Result($"{(comparison.Passed ? "ok   " : "FAIL ")} "
                + $"{comparison.Describe()}{(comparison.Passed ? $" {wanted.Tolerance} ({comparison.Count} elements)" : "")}");
        var c = result.Counters;
        if (result.Fault is null && c.ThreadInstructions > 0)
        {
            terminal.Result(
                $"{c.ThreadInstructions} thread instructions, lane use {c.LaneUse:P0}, {c.DivergentBranches} of {c.Branches} branches divergent, "
                + $"global sectors {c.GlobalLoadSectors} read and {c.GlobalStoreSectors} written (at least {c.GlobalLoadSectorsMinimum} and "
                    + $"{c.GlobalStoreSectorsMinimum}), "
                + $"{c.SharedBankConflicts} shared bank conflicts");
        }

        if (!terminal.Json)
            return;
        terminal.JsonResult(new
        {
            kernel = run.Entry.Name,
            output = result.Output,
            findings = result.Findings.Select(f => f.ToString()),
            fault = result.Fault?.Kind.ToString(),
            buffers = run.Buffers.ToDictionary(b => b.Name, b => Describe(b, device)),
            written = written.ToDictionary(w => w.Path, w => w.Buffer.Name),
            expected = compared.Select(e => new
            {
                buffer = e.Buffer, passed = e.Passed, elements = e.Count, differing = e.Differing, index = e.First?.Index,
                got = e.First?.Got, expected = e.First?.Expected, failure = e.Passed ? null : e.Describe()
            }),
            thread_instructions = c.ThreadInstructions,
            lane_use = c.LaneUse,
            global_load_sectors = c.GlobalLoadSectors,
            global_store_sectors = c.GlobalStoreSectors,
            shared_bank_conflicts = c.SharedBankConflicts,
        });
    }

    /// <summary>The whole buffer; of one with more than a million elements the first ones, which --out writes whole.</summary>
    private static object Describe(LaunchArgument buffer, IPtxDevice device)
    {
        byte[] bytes = buffer.Read(device, buffer.Count > MostJsonValues ? ShownValues : buffer.Count);
        int size = buffer.ElementType.Size();
        return new
        {
            type = buffer.ElementType.Spelling(),
            shape = buffer.Shape,
            complete = bytes.Length == (long)buffer.Count * size,
            values = Enumerable.Range(0, bytes.Length / size).Select(i => ElementValue.ToJson(bytes.AsSpan(i * size, size), buffer.ElementType)),
        };
    }
}
