using NativeEngine.Core;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.SoftGpu;

/// <summary>
/// The software GPU: executes PTX kernels on the host's vector units. A warp is 32 vector lanes; blocks run side by side on a worker pool.
/// </summary>
public sealed class Machine : IDisposable
{
    private readonly WorkerPool _pool;
    private readonly bool _ownsPool;
    private readonly bool _ownsMemory;
    private readonly AccessPagePool _pages = new();
    private long _launches;

    /// <summary>Creates a machine.</summary>
    /// <param name="memory">Its global memory; null makes one that is disposed with the machine.</param>
    /// <param name="pool">Threads for the blocks of a launch; null makes a pool of one thread per core.</param>
    public Machine(DeviceMemory? memory = null, WorkerPool? pool = null)
    {
        _ownsMemory = memory is null;
        Memory = memory ?? new DeviceMemory();
        _ownsPool = pool is null;
        _pool = pool ?? new WorkerPool(Environment.ProcessorCount);
    }

    public DeviceMemory Memory { get; }

    /// <summary>Loads a module: allocates and fills its variables. Every kernel is decoded at its first launch.</summary>
    public GpuModule Load(PtxModule module) => new(module, Memory);

    /// <summary>Runs a kernel to its end.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="dynamicSharedBytes">Bytes of dynamic shared memory.</param>
    /// <param name="parameters">The parameter buffer: each parameter at its natural alignment, as <see cref="PtxBody.Parameters"/> says.</param>
    /// <param name="options">How to run and what to watch; null for <see cref="LaunchOptions.Default"/>.</param>
    /// <returns>Counters and findings. A kernel that faults or never ends is a finding, not an exception.</returns>
    public LaunchResult Launch(
        GpuFunction function, Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters, LaunchOptions? options = null)
    {
        options ??= LaunchOptions.Default;
        int alignment = function.Entry.DynamicSharedAlignment;
        int shared = dynamicSharedBytes > 0 ? (function.SharedBytes + alignment - 1) / alignment * alignment + dynamicSharedBytes : function.SharedBytes;
        if (LaunchChecks.Find(function, grid, block, dynamicSharedBytes, shared, parameters.Length, options) is { } refused)
            return new LaunchResult(new LaunchCounters(), [refused], refused);
        var observers = options.Observers;
        // Memory that remembers what was written must see the writes of every kernel.
        if (Memory.Options.TrackInitialised)
            observers |= ObserverSet.Initialised;
        if (options.Trace is null)
            observers &= ~ObserverSet.Trace;
        var program = function.ProgramFor(observers);
        lock (program)
        {
            var table = Memory.Table();
            using var pages = new AccessPages(_pages);
            var launch = new Launch
            {
                Program = program,
                Memory = Memory,
                Table = table,
                Sectors = observers.HasFlag(ObserverSet.Counters) ? new SectorSet(table) : null,
                Pages = pages,
                History = new AccessHistory((int)((block.Count + 31) / 32), observers.HasFlag(ObserverSet.Races) ? program.Accesses.Length : 0),
                Grid = grid,
                Block = block,
                DynamicSharedBytes = dynamicSharedBytes,
                SharedBytes = shared,
                LocalBytes = function.Entry.Calls.IsRecursive
                    ? (int)Math.Min(LaunchChecks.MaximumLocalBytes, (function.LocalBytes + Math.Max(0L, options.StackBytes) + 15) & ~15) : function.LocalBytes,
                Parameters = parameters.ToArray(),
                Options = options with { Observers = observers },
                Serial = (ulong)Interlocked.Increment(ref _launches),
            };
            program.UseTable(launch.Table);
            return Run(launch);
        }
    }

    private LaunchResult Run(Launch launch)
    {
        bool single = (launch.Options.Observers & ~(ObserverSet.Counters | ObserverSet.PerturbApproximations)) != 0;
        int workers = single ? 1 : launch.Options.Workers > 0 ? Math.Min(launch.Options.Workers, _pool.Threads) : _pool.Threads;
        workers = (int)Math.Min(workers, launch.Grid.Count);
        var counters = new LaunchCounters();
        var queue = new BlockQueue(launch, workers);
        if (workers == 1)
            queue.Drain(counters);
        else
            _pool.Run(workers, _ => queue.Drain(counters));
        if (queue.Failure is { } failure)
            throw new InvalidOperationException($"software GPU: internal error in kernel '{launch.Program.Entry.Name}'", failure);
        GC.KeepAlive(launch.Table);
        return new LaunchResult(counters, launch.Findings, launch.Fault) { Output = launch.Output() };
    }

    /// <summary>Ends the pool and frees the memory, where the machine made them.</summary>
    public void Dispose()
    {
        if (_ownsPool)
            _pool.Dispose();
        if (_ownsMemory)
            Memory.Dispose();
    }
}
