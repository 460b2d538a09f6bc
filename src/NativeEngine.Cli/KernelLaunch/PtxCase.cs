using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>One launch of a kernel of a PTX file, as a command line or a suite describes it.</summary>
internal sealed record PtxCase
{
    /// <summary>Name in reports; empty for the kernel's.</summary>
    public string Name { get; init; } = "";

    /// <summary>The PTX file.</summary>
    public required string Path { get; init; }

    /// <summary>The kernel; null for the only one of the file.</summary>
    public string? Entry { get; init; }

    /// <summary>Where relative names of files in arguments and expectations begin: empty for the current folder.</summary>
    public string Folder { get; init; } = "";

    /// <summary>One text for each parameter.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public Dim3 Grid { get; init; } = new(1);

    public Dim3 Block { get; init; } = new(32);

    /// <summary>Bytes of dynamic shared memory.</summary>
    public int Shared { get; init; }

    /// <summary>Seed of random buffers.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>Blocks may wait for each other; a grid that does not fit on the device is refused.</summary>
    public bool Cooperative { get; init; }

    /// <summary>Shuffles the schedule.</summary>
    public ulong? ScheduleSeed { get; init; }

    /// <summary>Warp instructions one block may execute.</summary>
    public long Budget { get; init; } = 1L << 26;

    /// <summary>Find races and uninitialised reads.</summary>
    public bool Sanitize { get; init; }

    /// <summary>Expected values: <c>FILE</c>, or <c>NAME=…</c> and <c>INDEX=…</c> with a file, a generator or a list.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>Allowed difference.</summary>
    public Tolerance Tolerance { get; init; } = new(0, 0);

    /// <summary>Files to write: <c>FILE</c>, <c>NAME=FILE</c>, <c>INDEX=FILE</c>.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>How the software GPU runs the launch.</summary>
    public LaunchOptions Options => new()
    {
        Observers = ObserverSet.Counters | (Sanitize ? ObserverSet.Sanitizers : 0),
        IsCooperative = Cooperative,
        ScheduleSeed = ScheduleSeed,
        InstructionBudget = Budget,
    };
}
