using System.CommandLine;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine kernels run FILE.ptx ENTRY</c>: any PTX on the software GPU.</summary>
internal static class KernelsRunCommand
{
    private const int ShownValues = 16;
    private const long MostBytes = 64 << 20;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "a PTX file" };
        var entry = new Argument<string>("entry") { Description = "name of the kernel in it" };
        var grid = new Option<string>("--grid") { Description = "blocks: x, x,y or x,y,z", DefaultValueFactory = _ => "1" };
        var block = new Option<string>("--block") { Description = "threads per block: x, x,y or x,y,z", DefaultValueFactory = _ => "32" };
        var args = new Option<string[]>("--arg")
        {
            Description = "one for each parameter, in order: a number; a buffer f32[4]=1,2,3,4 or f32[64]=zeros|iota|rand, f32[64] unwritten; null; hex:... for a structure",
        };
        var shared = new Option<int>("--shared") { Description = "bytes of dynamic shared memory" };
        var sanitize = new Option<bool>("--sanitize") { Description = "find uninitialised reads and races too" };
        var schedule = new Option<ulong?>("--schedule-seed") { Description = "run blocks, warps and lanes in an order shuffled by this seed" };
        var seed = new Option<ulong>("--seed") { Description = "seed of =rand buffers", DefaultValueFactory = _ => 42 };
        var budget = new Option<long>("--budget") { Description = "warp instructions one block may execute", DefaultValueFactory = _ => 1L << 26 };
        var command = new Command("run", "run any PTX kernel on the software GPU") { file, entry, grid, block, args, shared, sanitize, schedule, seed, budget };
        return command.Runs((parsed, terminal) =>
        {
            string path = parsed.GetValue(file)!;
            if (!File.Exists(path))
                throw new UsageException($"{path}: no such file");
            var module = PtxModule.Parse(SmallFile.ReadText(path, MostBytes, "PTX file"), path);
            string name = parsed.GetValue(entry)!;
            var options = new LaunchOptions
            {
                Observers = ObserverSet.Counters | (parsed.GetValue(sanitize) ? ObserverSet.Sanitizers : 0),
                ScheduleSeed = parsed.GetValue(schedule),
                InstructionBudget = parsed.GetValue(budget) is > 0 and var steps ? steps : throw new UsageException("--budget: expected more than 0"),
            };
            using var memory = new DeviceMemory(new DeviceMemoryOptions { TrackInitialised = parsed.GetValue(sanitize) });
            using var machine = new Machine(memory);
            using var loaded = machine.Load(module);
            if (!loaded.TryGetFunction(name, out var function) || function is null)
                throw new UsageException($"{path}: no kernel '{name}'{NearestName.Suggest(name, module.Entries.Select(e => e.Name))}; it has {string.Join(", ", module.Entries.Select(e => e.Name))}");
            if (function.Problem is { } problem)
                throw problem;
            var arguments = ReadArguments(function.Entry, parsed.GetValue(args) ?? [], memory, parsed.GetValue(seed));
            byte[] buffer = new byte[function.Entry.ParameterBytes];
            for (int i = 0; i < arguments.Count; i++)
                arguments[i].Bytes.CopyTo(buffer, function.Entry.Parameters[i].Offset);
            var result = machine.Launch(
                function, Position.Parse("--grid", parsed.GetValue(grid)!, 1), Position.Parse("--block", parsed.GetValue(block)!, 1), parsed.GetValue(shared), buffer, options);
            Show(terminal, function, arguments, memory, result);
            return result.IsClean ? ExitCode.Ok : ExitCode.CheckFailed;
        });
    }

    private static List<LaunchArgument> ReadArguments(PtxEntry entry, string[] texts, DeviceMemory memory, ulong seed)
    {
        if (texts.Length != entry.Parameters.Count)
        {
            string signature = string.Join(", ", entry.Parameters.Select(p => $".{p.Type.Spelling()}{(p.IsArray ? $"[{p.Count}]" : "")} {p.Name}"));
            throw new UsageException($"kernel {entry.Name} takes {entry.Parameters.Count} arguments ({signature}), {texts.Length} were given with --arg");
        }
        return [.. texts.Select((text, i) => LaunchArgument.Parse(text, entry.Parameters[i], memory, seed))];
    }

    private static void Show(Terminal terminal, GpuFunction function, List<LaunchArgument> arguments, DeviceMemory memory, LaunchResult result)
    {
        if (result.Output.Length > 0)
            terminal.Result(result.Output.EndsWith('\n') ? result.Output[..^1] : result.Output);
        foreach (var finding in result.Findings)
            terminal.Result(finding.ToString());
        var buffers = arguments.Select((argument, i) => (argument, name: function.Entry.Parameters[i].Name)).Where(pair => pair.argument.Address != 0).ToArray();
        foreach (var (argument, name) in buffers)
            terminal.Result($"{name} {argument.Text.Split('=')[0]}: {argument.Describe(memory, ShownValues)}");
        var c = result.Counters;
        if (result.Fault is null)
        {
            terminal.Result(
                $"{c.ThreadInstructions} thread instructions, lane use {c.LaneUse:P0}, {c.DivergentBranches} of {c.Branches} branches divergent, "
                + $"global sectors {c.GlobalLoadSectors} read and {c.GlobalStoreSectors} written (at least {c.GlobalLoadSectorsMinimum} and {c.GlobalStoreSectorsMinimum}), "
                + $"{c.SharedBankConflicts} shared bank conflicts");
        }
        terminal.JsonResult(new
        {
            kernel = function.Name,
            output = result.Output,
            findings = result.Findings.Select(f => f.ToString()),
            fault = result.Fault?.Kind.ToString(),
            buffers = buffers.ToDictionary(pair => pair.name, pair => pair.argument.Describe(memory, ShownValues)),
            thread_instructions = c.ThreadInstructions,
            lane_use = c.LaneUse,
            global_load_sectors = c.GlobalLoadSectors,
            global_store_sectors = c.GlobalStoreSectors,
            shared_bank_conflicts = c.SharedBankConflicts,
        });
    }
}
