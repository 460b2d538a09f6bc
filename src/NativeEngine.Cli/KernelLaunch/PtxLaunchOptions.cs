using System.CommandLine;
using System.CommandLine.Parsing;
using NativeEngine.Core;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>The options that say how a kernel of a PTX file is launched, the same for every verb that takes one.</summary>
internal sealed class PtxLaunchOptions
{
    private readonly Option<string> _grid = new("--grid") { Description = "blocks: x, x,y or x,y,z", DefaultValueFactory = _ => "1" };
    private readonly Option<string> _block = new("--block") { Description = "threads per block: x, x,y or x,y,z", DefaultValueFactory = _ => "32" };
    private readonly Option<string[]> _args = new("--arg")
    {
        Description = "one for each parameter, in order: a number, f16:1.5 where its type is bits; a buffer f32[4]=1,2,3,4, "
            + "f32[2,3]=zeros|ones|iota|random(SEED)|const(V), f32[64] unwritten, "
            + "f32[]=@FILE (.npy, or raw bytes); null; hex:... for a structure",
    };

    private readonly Option<int> _shared = new("--shared") { Description = "bytes of dynamic shared memory" };
    private readonly Option<bool> _cooperative =
        new("--cooperative") { Description = "blocks may wait for each other; a grid that does not fit on the device is refused" };
    private readonly Option<ulong?> _schedule = new("--schedule-seed") { Description = "run blocks, warps and lanes in an order shuffled by this seed" };
    private readonly Option<long> _budget = new("--budget") { Description = "warp instructions one block may execute", DefaultValueFactory = _ => 1L << 26 };
    private readonly Option<string[]> _expect = new("--expect")
    {
        Description = "expected values, else exit 8: FILE (.npy, or raw bytes), NAME=FILE or INDEX=FILE for one of several buffers, NAME=1,2,3 or NAME=zeros",
    };

    private readonly Option<double> _tol = new("--tol") { Description = "allowed difference: TOL + TOL |expected|" };
    private readonly Option<double?> _atol = new("--atol") { Description = "absolute part of the allowed difference (--tol when absent)" };
    private readonly Option<double?> _rtol = new("--rtol") { Description = "relative part (--tol when absent)" };
    private readonly List<Option> _added = [];

    /// <summary>Adds the options of the launch.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="block">False where the verb has a --block of its own.</param>
    public void AddLaunch(Command command, bool block = true)
    {
        Option[] all = [_grid, _block, _args, _shared, _cooperative, _schedule, _budget];
        foreach (var option in all.Where(o => block || o != _block))
            Add(command, option);
    }

    /// <summary>Adds the options of expected values.</summary>
    public void AddExpectations(Command command)
    {
        foreach (var option in new Option[] { _expect, _tol, _atol, _rtol })
            Add(command, option);
    }

    /// <summary>Refuses the options where no PTX file is given.</summary>
    /// <exception cref="UsageException">One was given.</exception>
    public void RefuseAll(ParseResult parsed)
    {
        if (_added.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } given)
            throw new UsageException($"{given.Name} is for a kernel of a PTX file: FILE.ptx ENTRY");
    }

    /// <summary>The launch that the options describe.</summary>
    /// <exception cref="UsageException">A value is no such thing.</exception>
    public PtxCase Read(ParseResult parsed, string path, string? entry, string? block = null) => new()
    {
        Path = path,
        Entry = entry,
        Arguments = parsed.GetValue(_args) ?? [],
        Grid = Position.Parse("--grid", parsed.GetValue(_grid)!, 1),
        Block = Position.Parse("--block", block ?? parsed.GetValue(_block)!, 1),
        Shared = parsed.GetValue(_shared) is >= 0 and var shared ? shared : throw new UsageException("--shared: expected 0 or more"),
        Cooperative = parsed.GetValue(_cooperative),
        ScheduleSeed = parsed.GetValue(_schedule),
        Budget = parsed.GetValue(_budget) is > 0 and var steps ? steps : throw new UsageException("--budget: expected more than 0"),
        Expected = Given(parsed, _expect) ? parsed.GetValue(_expect) ?? [] : [],
        Tolerance = Given(parsed, _expect) ? Tolerances(parsed) : new(0, 0),
    };

    private Tolerance Tolerances(ParseResult parsed)
    {
        double both = Check(_tol, parsed.GetValue(_tol));
        return new(Check(_atol, parsed.GetValue(_atol) ?? both), Check(_rtol, parsed.GetValue(_rtol) ?? both));
    }

    private bool Given(ParseResult parsed, Option option) => _added.Contains(option) && parsed.GetResult(option) is not null;

    private static double Check(Option option, double value) =>
        double.IsFinite(value) && value >= 0 ? value : throw new UsageException($"{option.Name} {value}: expected a number of at least 0");

    private void Add(Command command, Option option)
    {
        command.Options.Add(option);
        _added.Add(option);
    }
}
