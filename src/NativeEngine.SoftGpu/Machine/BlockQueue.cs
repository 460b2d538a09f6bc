namespace NativeEngine.SoftGpu;

/// <summary>
/// Hands out the blocks of a launch to workers, in order or shuffled. Where blocks may wait for each other, a worker runs a block for a while and then
/// another: first those that have not started, as far as they fit on the device, then the started ones in turn.
/// </summary>
internal sealed class BlockQueue
{
    /// <summary>Warp instructions that a block which may wait runs at a stretch; less where the budget is small, so that waiting does not use it up.</summary>
    private const long LongestTurn = 4096;

    /// <summary>The same of blocks that seem not to wait, but may spin on a plain load: most of their loops end by themselves.</summary>
    private const long LongestSpin = 1 << 16;

    private readonly Launch _launch;
    private readonly long _chunk;
    private readonly long[]? _order;
    private readonly int _mostResident;
    private readonly long _turn;
    private readonly object _lock = new();
    private long _next;

    public BlockQueue(Launch launch, int workers)
    {
        _launch = launch;
        var options = launch.Options;
        bool waits = launch.Program.WaitsForOthers || options.IsCooperative, takesTurns = waits || launch.Program.MaySpin;
        _turn = takesTurns ? Math.Clamp(options.InstructionBudget / 64, 1, waits ? LongestTurn : LongestSpin) : long.MaxValue;
        _mostResident = Math.Max(1, (Residency.PerMultiprocessor(launch.Block.Count, launch.SharedBytes) * options.Multiprocessors + workers - 1) / workers);
        _chunk = workers == 1 ? launch.Grid.Count : takesTurns ? 1 : Math.Clamp(launch.Grid.Count / (workers * 16), 1, 64);
        if (options.ScheduleSeed is { } seed && launch.Grid.Count <= 1 << 20)
            _order = Shuffle(launch.Grid.Count, seed);
    }

    /// <summary>An exception that is no fault of the kernel.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Runs blocks until none is left.</summary>
    public void Drain(LaunchCounters total)
    {
        var idle = new Stack<BlockExecutor>();
        var started = new Queue<BlockExecutor>();
        try
        {
            Drain(idle, started);
            foreach (var executor in idle.Concat(started))
            {
                executor.CountInstructions();
                lock (_lock)
                    total.Add(executor.Counters);
            }
        }
        catch (Exception error)
        {
            lock (_lock)
                Failure ??= error;
        }
        finally
        {
            foreach (var executor in idle.Concat(started))
                executor.Dispose();
        }
    }

    private void Drain(Stack<BlockExecutor> idle, Queue<BlockExecutor> started)
    {
        long next = 0, end = 0;
        while (!_launch.IsStopped)
        {
            if (next == end && started.Count < _mostResident)
            {
                next = Math.Min(_launch.Grid.Count, Interlocked.Add(ref _next, _chunk) - _chunk);
                end = Math.Min(_launch.Grid.Count, next + _chunk);
            }
            BlockExecutor? executor;
            if (next < end && started.Count < _mostResident)
            {
                executor = idle.TryPop(out var free) ? free : new BlockExecutor(_launch);
                executor.StartBlock(_order is null ? next : _order[next]);
                next++;
            }
            else if (!started.TryDequeue(out executor))
            {
                return;
            }
            // In either list it is disposed, also when the turn ends with an exception.
            if (!TakeTurn(executor, started))
                continue;
            idle.Push(executor);
        }
    }

    /// <summary>True when the block has ended; else it waits for its next turn.</summary>
    private bool TakeTurn(BlockExecutor executor, Queue<BlockExecutor> started)
    {
        bool ended = false;
        try
        {
            ended = executor.Run(_turn);
        }
        catch (MachineFault fault)
        {
            _launch.Stop(new Finding(fault.Kind, fault.Message, executor.PlaceOf(fault.Instruction, executor.CurrentWarp * 32 + fault.Lane)),
                executor.BlockIndex);
        }
        finally
        {
            if (!ended)
                started.Enqueue(executor);
        }
        return ended;
    }

    private static long[] Shuffle(long count, ulong seed)
    {
        long[] order = new long[count];
        for (long i = 0; i < count; i++)
            order[i] = i;
        var random = new ScheduleRandom(seed, ulong.MaxValue);
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = random.Next(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }
}
