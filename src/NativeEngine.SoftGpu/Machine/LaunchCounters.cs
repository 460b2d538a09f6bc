namespace NativeEngine.SoftGpu;

/// <summary>
/// Exact counts of a launch. They depend on the kernel, its arguments and its data only, so they can serve as budgets. The instruction counts are
/// always there; those of memory need <see cref="ObserverSet.Counters"/>.
/// </summary>
public sealed class LaunchCounters
{
    private readonly long[] _threadInstructions = new long[Enum.GetValues<InstructionClass>().Length];

    /// <summary>Instructions executed by all threads.</summary>
    public long ThreadInstructions { get; internal set; }

    /// <summary>Instructions issued to warps.</summary>
    public long WarpInstructions { get; internal set; }

    /// <summary>Branches executed by warps that could diverge.</summary>
    public long Branches { get; internal set; }

    /// <summary>Branches whose lanes went both ways.</summary>
    public long DivergentBranches { get; internal set; }

    /// <summary>Barriers that blocks passed.</summary>
    public long Barriers { get; internal set; }

    /// <summary>32-byte sectors that global loads touched.</summary>
    public long GlobalLoadSectors { get; internal set; }

    /// <summary>Sectors the same bytes would need if they lay side by side.</summary>
    public long GlobalLoadSectorsMinimum { get; internal set; }

    /// <summary>32-byte sectors that global stores touched.</summary>
    public long GlobalStoreSectors { get; internal set; }

    /// <summary>Sectors the same bytes would need if they lay side by side.</summary>
    public long GlobalStoreSectorsMinimum { get; internal set; }

    /// <summary>Sectors of global loads that were not in the block's share of the first-level cache, 16 KiB.</summary>
    public long GlobalFetchedSectors { get; internal set; }

    /// <summary>Different sectors that the launch loaded.</summary>
    public long GlobalUniqueLoadSectors { get; internal set; }

    /// <summary>Different sectors that the launch stored to.</summary>
    public long GlobalUniqueStoreSectors { get; internal set; }

    /// <summary>Sectors that left or entered a multiprocessor: fetched ones and stores.</summary>
    public long MovedSectors => GlobalFetchedSectors + GlobalStoreSectors;

    /// <summary>The fewest sectors that could have moved: each one read moves in once, each one written out once.</summary>
    public long NeededSectors => GlobalUniqueLoadSectors + GlobalUniqueStoreSectors;

    /// <summary>Bytes that threads asked of global memory.</summary>
    public long GlobalLoadBytes { get; internal set; }

    /// <summary>Bytes that threads gave to global memory.</summary>
    public long GlobalStoreBytes { get; internal set; }

    /// <summary>Shared-memory instructions of warps.</summary>
    public long SharedAccesses { get; internal set; }

    /// <summary>Extra passes that shared-memory instructions needed because lanes met in a bank.</summary>
    public long SharedBankConflicts { get; internal set; }

    /// <summary>Bytes that threads moved to and from local memory.</summary>
    public long LocalBytes { get; internal set; }

    /// <summary>Atomic operations of threads.</summary>
    public long Atomics { get; internal set; }

    /// <summary>Average share of a warp's 32 lanes that an instruction was for, 0 to 1.</summary>
    public double LaneUse => WarpInstructions == 0 ? 0 : ThreadInstructions / (32.0 * WarpInstructions);

    /// <summary>Instructions of one class executed by all threads.</summary>
    public long Of(InstructionClass group) => _threadInstructions[(int)group];

    internal void AddInstructions(InstructionClass group, long threads)
    {
        _threadInstructions[(int)group] += threads;
        ThreadInstructions += threads;
    }

    internal void Add(LaunchCounters other)
    {
        for (int i = 0; i < _threadInstructions.Length; i++)
            _threadInstructions[i] += other._threadInstructions[i];
        ThreadInstructions += other.ThreadInstructions;
        WarpInstructions += other.WarpInstructions;
        Branches += other.Branches;
        DivergentBranches += other.DivergentBranches;
        Barriers += other.Barriers;
        GlobalLoadSectors += other.GlobalLoadSectors;
        GlobalLoadSectorsMinimum += other.GlobalLoadSectorsMinimum;
        GlobalStoreSectors += other.GlobalStoreSectors;
        GlobalStoreSectorsMinimum += other.GlobalStoreSectorsMinimum;
        GlobalFetchedSectors += other.GlobalFetchedSectors;
        GlobalUniqueLoadSectors += other.GlobalUniqueLoadSectors;
        GlobalUniqueStoreSectors += other.GlobalUniqueStoreSectors;
        GlobalLoadBytes += other.GlobalLoadBytes;
        GlobalStoreBytes += other.GlobalStoreBytes;
        SharedAccesses += other.SharedAccesses;
        SharedBankConflicts += other.SharedBankConflicts;
        LocalBytes += other.LocalBytes;
        Atomics += other.Atomics;
    }
}
