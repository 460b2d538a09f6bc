using System.Numerics;
using System.Runtime.InteropServices;

namespace NativeEngine.SoftGpu;

/// <summary>Runs blocks of one launch, one after the other, on one worker thread at a time: warps, shared memory, barriers.</summary>
internal sealed unsafe partial class BlockExecutor : IDisposable
{
    /// <summary>Basic blocks a warp runs before another warp of the block gets its turn.</summary>
    private const int SliceBlocks = 1 << 14;

    /// <summary>The same where blocks take turns.</summary>
    private const int TurnSliceBlocks = 32;

    /// <summary>Every so many scheduling decisions the highest waiting block runs instead of the lowest, so that no lane starves.</summary>
    private const int RotationPeriod = 1 << 10;

    private readonly List<nint> _freeFiles = [];
    private readonly List<nint> _allFiles = [];
    private readonly Warp[] _warps;
    private readonly long[] _blockWarps;
    private readonly long[] _blockLanes;
    private readonly byte* _shared;
    private readonly byte* _parameters;
    private readonly int[] _arrived = new int[16];
    private ScheduleRandom _random;
    private long _budget;
    private int _finished;
    private int _sliceBlocks = SliceBlocks;

    public BlockExecutor(Launch launch)
    {
        Launch = launch;
        Program = launch.Program;
        Counters = new LaunchCounters();
        int warps = (int)((launch.Block.Count + 31) / 32);
        _warps = new Warp[warps];
        for (int i = 0; i < warps; i++)
            _warps[i] = new Warp(Program.BlockCount, this) { Index = i };
        _blockWarps = new long[Program.BlockCount];
        _blockLanes = new long[Program.BlockCount];
        // One vector more than asked, so that a vector load at the very end of a window stays inside the buffer.
        _shared = (byte*)NativeMemory.AlignedAlloc((nuint)launch.SharedBytes + 64, 256);
        _parameters = (byte*)NativeMemory.AlignedAlloc((nuint)launch.Parameters.Length + 64, 256);
        launch.Parameters.CopyTo(new Span<byte>(_parameters, launch.Parameters.Length));
        State = launch.Program.Observers == ObserverSet.None ? null : new ObserverState(this);
    }

    public Launch Launch { get; }

    public Program Program { get; }

    public LaunchCounters Counters { get; }

    /// <summary>What the observers remember; null in a plain launch.</summary>
    public ObserverState? State { get; }

    /// <summary>Position of the running block.</summary>
    public Dim3 BlockPosition { get; private set; }

    /// <summary>Number of the running block in the grid, x fastest.</summary>
    public long BlockIndex { get; private set; }

    /// <summary>Number of the warp that runs or is to blame.</summary>
    public int CurrentWarp { get; private set; }

    /// <summary>Warp instructions the running block executed.</summary>
    public long Clock => Launch.Options.InstructionBudget - _budget;

    /// <summary>Puts a block at its beginning.</summary>
    public void StartBlock(long index)
    {
        BlockIndex = index;
        BlockPosition = Launch.Grid.At(index);
        _budget = Launch.Options.InstructionBudget;
        Array.Clear(_arrived);
        if (Launch.Options.ScheduleSeed is { } seed)
            _random = new ScheduleRandom(seed, (ulong)index);
        if (Launch.SharedBytes > 0)
            NativeMemory.Fill(_shared, (nuint)Launch.SharedBytes, 0xFF);
        State?.StartBlock();
        long threads = Launch.Block.Count;
        for (int i = 0; i < _warps.Length; i++)
        {
            int lanes = (int)Math.Min(32, threads - 32L * i);
            _warps[i].Start(lanes == 32 ? Lanes.All : (1u << lanes) - 1, Program.EntryBlock);
            _warps[i].Registers = null;
        }
        _finished = 0;
    }

    /// <summary>Runs the block to its end, or until it has executed about so many warp instructions. True when it has ended.</summary>
    /// <exception cref="MachineFault">The launch must stop; the fault was reported.</exception>
    public bool Run(long instructions)
    {
        long least = _budget - Math.Min(instructions, _budget);
        _sliceBlocks = instructions < SliceBlocks ? TurnSliceBlocks : SliceBlocks;
        try
        {
            while (_finished < _warps.Length)
            {
                RunWarps();
                if (_finished < _warps.Length && (_budget <= least || Launch.IsStopped))
                    return false;
            }
        }
        catch (MachineFault)
        {
            foreach (var warp in _warps)
                ReturnFile(warp);
            throw;
        }
        CheckLeftArrivals();
        return true;
    }

    /// <summary>Gives every warp a slice.</summary>
    private void RunWarps()
    {
        bool progress = false;
        int shift = Launch.Options.ScheduleSeed is null ? 0 : _random.Next(_warps.Length);
        for (int i = 0; i < _warps.Length; i++)
        {
            var warp = _warps[(i + shift) % _warps.Length];
            if (warp.Alive == 0 || warp.PendingBlocks == 0)
                continue;
            progress |= RunWarp(warp);
            if (warp.Alive == 0)
            {
                ReturnFile(warp);
                _finished++;
            }
        }
        progress |= ReleaseBarriers();
        if (!progress && _finished < _warps.Length)
            ReportDeadlock();
    }

    /// <summary>Runs a warp until it exits, waits, or used its slice. Returns false when nothing in it could run.</summary>
    private bool RunWarp(Warp w)
    {
        CurrentWarp = w.Index;
        if (w.Registers == null)
            Prepare(w);
        byte* r = w.Registers;
        var blocks = Program.Blocks;
        bool shuffled = Launch.Options.ScheduleSeed is not null;
        int slice = shuffled ? 1 + _random.Next(64) : _sliceBlocks;
        int at = Select(w, out uint mask);
        if (at < 0)
            return false;
        while (true)
        {
            var block = blocks + at;
            _blockWarps[at]++;
            _blockLanes[at] += BitOperations.PopCount(mask);
            _budget -= block->InstructionCount;
            var op = block->First;
            for (var end = op + block->OpCount; op < end; op++)
                op->Run(op, w, r, mask);
            int next = block->Next;
            switch (block->End)
            {
                case BlockEnd.Fall:
                    break;
                case BlockEnd.Branch:
                    next = block->Target;
                    break;
                case BlockEnd.ConditionalBranch:
                    uint taken = (*(uint*)(r + block->Guard) ^ block->GuardFlip) & mask;
                    if (taken == mask)
                    {
                        next = block->Target;
                    }
                    else if (taken != 0)
                    {
                        Counters.DivergentBranches++;
                        w.Push(block->Target, taken);
                        mask &= ~taken;
                    }
                    break;
                case BlockEnd.Exit:
                    w.Alive &= ~mask;
                    next = -1;
                    break;
                case BlockEnd.ConditionalExit:
                    uint leaving = (*(uint*)(r + block->Guard) ^ block->GuardFlip) & mask;
                    w.Alive &= ~leaving;
                    mask &= ~leaving;
                    if (mask == 0)
                        next = -1;
                    break;
                case BlockEnd.Barrier:
                    Park(w, at, mask);
                    next = -1;
                    break;
                case BlockEnd.ConditionalBarrier:
                    uint waiting = (*(uint*)(r + block->Guard) ^ block->GuardFlip) & mask;
                    if (waiting != 0)
                        Park(w, at, waiting);
                    mask &= ~waiting;
                    if (mask == 0)
                        next = -1;
                    break;
                case BlockEnd.Call or BlockEnd.Return or BlockEnd.IndexedBranch:
                    (next, mask) = Transfer(w, block, mask);
                    break;
            }
            if (next >= 0)
            {
                // Nothing else waits and the next block needs no rendezvous (or everybody is here): go on without the scheduler.
                bool direct = w.PendingBlocks == 0 && (blocks[next].Sync == SyncEntry.None || (mask == w.Alive && blocks[next].Sync == SyncEntry.Constant));
                if (direct && --slice > 0 && _budget > 0)
                {
                    at = next;
                    continue;
                }
                w.Push(next, mask);
            }
            if (_budget <= 0)
                StopEndless(block->FirstInstruction, mask);
            if (slice <= 0 || Launch.IsStopped || (at = Select(w, out mask)) < 0)
                return true;
            slice--;
        }
    }

    /// <summary>Chooses the block to run next and takes its lanes: the lowest with waiting lanes that may enter. -1 when none can.</summary>
    private int Select(Warp w, out uint mask)
    {
        bool shuffled = Launch.Options.ScheduleSeed is not null;
        bool rotate = !shuffled && (++w.Decisions & (RotationPeriod - 1)) == 0;
        int chosen = -1;
        mask = 0;
        int candidates = 0;
        for (int block = w.NextPending(0); block >= 0; block = w.NextPending(block + 1))
        {
            uint lanes = EnteringLanes(w, block);
            if (lanes == 0)
                continue;
            candidates++;
            if (chosen < 0 || rotate || (shuffled && _random.Next(candidates) == 0))
            {
                chosen = block;
                mask = lanes;
            }
            if (!shuffled && !rotate)
                break;
        }
        if (chosen < 0)
            return -1;
        if (shuffled)
        {
            w.LaneRotation = _random.Next(32);
            if (Program.Blocks[chosen].Sync == SyncEntry.None && _random.Next(4) == 0)
            {
                uint part = mask & (uint)_random.NextBits();
                if (part != 0)
                    mask = part;
            }
        }
        w.Take(chosen, mask);
        return chosen;
    }

    /// <summary>
    /// The lanes waiting for a block that may enter it now. A block that starts with a warp synchronisation is entered by groups that share a member
    /// mask, and only when every living member is there.
    /// </summary>
    private uint EnteringLanes(Warp w, int index)
    {
        uint waiting = w.PendingAt(index);
        var block = Program.Blocks + index;
        if (block->Sync == SyncEntry.None)
            return waiting;
        if (block->Sync == SyncEntry.Constant)
            return (block->SyncMask & w.Alive & ~waiting) == 0 ? waiting : 0;
        uint* masks = (uint*)(w.Registers + block->SyncSlot);
        for (uint rest = waiting; rest != 0;)
        {
            uint members = masks[BitOperations.TrailingZeroCount(rest)];
            uint group = 0;
            for (uint others = rest; others != 0; others &= others - 1)
            {
                int lane = BitOperations.TrailingZeroCount(others);
                if (masks[lane] == members)
                    group |= 1u << lane;
            }
            if ((members & w.Alive & ~group) == 0)
                return group;
            rest &= ~group;
        }
        return 0;
    }

    private void StopEndless(int instruction, uint mask) => throw new MachineFault(
        FindingKind.InstructionBudget,
        instruction,
        mask == 0 ? 0 : BitOperations.TrailingZeroCount(mask),
        $"the block executed {Launch.Options.InstructionBudget} warp instructions without ending");



    /// <summary>Gives a warp a register file with its constants and special registers.</summary>
    private void Prepare(Warp w)
    {
        int bytes = Program.RegisterBytes;
        if (_freeFiles.Count == 0)
        {
            nuint size = (nuint)(bytes + 32L * Launch.LocalBytes + 64);
            byte* file = (byte*)NativeMemory.AlignedAlloc(size, 256);
            // The room for deep calls is mostly never touched.
            NativeMemory.Clear(file, Program.Entry.Calls.IsRecursive ? (nuint)bytes : size);
            _allFiles.Add((nint)file);
            _freeFiles.Add((nint)file);
            RegisterFile.WriteConstants(file, Program);
        }
        else if (Program.NeedsClearRegisters)
        {
            NativeMemory.Clear((byte*)_freeFiles[^1], (nuint)bytes);
            RegisterFile.WriteConstants((byte*)_freeFiles[^1], Program);
        }
        w.Registers = (byte*)_freeFiles[^1];
        _freeFiles.RemoveAt(_freeFiles.Count - 1);
        w.Shared = _shared;
        w.SharedBytes = (ulong)Launch.SharedBytes;
        w.Local = w.Registers + bytes;
        w.LocalBytes = (ulong)Launch.LocalBytes;
        w.Parameters = _parameters;
        w.ParameterBytes = (ulong)Launch.Parameters.Length;
        w.Ranges = Launch.Table.Ranges;
        if (Program.FrameSlot >= 0)
            NativeMemory.Clear(w.Registers + Program.FrameSlot, Lanes.Bytes64);
        RegisterFile.WriteSpecials(w.Registers, Program, Launch, BlockPosition, w.Index);
    }

    private void ReturnFile(Warp w)
    {
        if (w.Registers == null)
            return;
        _freeFiles.Add((nint)w.Registers);
        w.Registers = null;
    }

    /// <summary>Adds the executed instructions to the counters; called once at the end of the launch.</summary>
    public void CountInstructions()
    {
        var instructions = Program.Instructions;
        for (int i = 0; i < Program.BlockCount; i++)
        {
            var block = Program.Blocks + i;
            Counters.WarpInstructions += _blockWarps[i] * block->InstructionCount;
            if (block->End is BlockEnd.ConditionalBranch or BlockEnd.IndexedBranch)
                Counters.Branches += _blockWarps[i];
            for (int k = 0; k < block->InstructionCount; k++)
                Counters.AddInstructions(instructions[block->FirstInstruction + k].Class, _blockLanes[i]);
        }
    }

    public void Dispose()
    {
        foreach (nint file in _allFiles)
            NativeMemory.AlignedFree((void*)file);
        NativeMemory.AlignedFree(_shared);
        NativeMemory.AlignedFree(_parameters);
    }
}
