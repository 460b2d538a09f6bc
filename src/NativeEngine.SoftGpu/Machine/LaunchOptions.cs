namespace NativeEngine.SoftGpu;

/// <summary>How a launch runs and is watched.</summary>
public sealed record LaunchOptions
{
    /// <summary>Plain and fast.</summary>
    public static LaunchOptions Default { get; } = new();

    /// <summary>All sanitizers and counters.</summary>
    public static LaunchOptions Sanitized { get; } = new() { Observers = ObserverSet.Sanitizers | ObserverSet.Counters };

    /// <summary>Sanitizers and counters to run with.</summary>
    public ObserverSet Observers { get; init; }

    /// <summary>Seed of a shuffled schedule (blocks, warps, lanes of divergent branches, atomics), or null for the plain order.</summary>
    public ulong? ScheduleSeed { get; init; }

    /// <summary>Seed of the errors added under <see cref="ObserverSet.PerturbApproximations"/>.</summary>
    public ulong ApproximationSeed { get; init; }

    /// <summary>Warp instructions one block may execute before the launch is stopped as endless.</summary>
    public long InstructionBudget { get; init; } = 1L << 30;

    /// <summary>Local memory for the calls of each thread, in bytes, in kernels whose functions may come to call themselves; others get what they
    /// need.</summary>
    public int StackBytes { get; init; } = 64 << 10;

    /// <summary>Shared memory a block may use, static and dynamic together; the default is the limit without an opt-in attribute.</summary>
    public int SharedMemoryLimit { get; init; } = 48 << 10;

    /// <summary>All blocks are on the device together, so that they may wait for each other; a grid that does not fit is refused.</summary>
    public bool IsCooperative { get; init; }

    /// <summary>Multiprocessors of the device: they say how many blocks are on it at a time.</summary>
    public int Multiprocessors { get; init; } = 16;

    /// <summary>Worker threads, 0 for all of the machine's pool. Observers other than counters run on one.</summary>
    public int Workers { get; init; }

    /// <summary>Findings kept per launch.</summary>
    public int MaximumFindings { get; init; } = 100;

    /// <summary>What to trace under <see cref="ObserverSet.Trace"/>.</summary>
    public TraceRequest? Trace { get; init; }
}

/// <summary>The thread to trace and where its lines go.</summary>
/// <param name="Block">Position in the grid.</param>
/// <param name="Thread">Position in the block.</param>
/// <param name="Sink">Called once for each executed instruction.</param>
public sealed record TraceRequest(Dim3 Block, Dim3 Thread, Action<TraceStep> Sink);

/// <summary>One executed instruction of the traced thread.</summary>
/// <param name="Instruction">The instruction.</param>
/// <param name="SourceFile">Source file, empty when the PTX names none.</param>
/// <param name="Values">Registers it reads and writes, with their values after it ran, for example <c>%f3=1.5</c>.</param>
/// <param name="Skipped">True when its guard did not hold.</param>
public sealed record TraceStep(PtxInstruction Instruction, string SourceFile, string Values, bool Skipped);
