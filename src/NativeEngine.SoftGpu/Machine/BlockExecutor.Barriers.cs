using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Barriers of a block: parking lanes, releasing them together, and saying which threads never came.</content>
internal sealed unsafe partial class BlockExecutor
{
    private const int BarrierCount = 16;

    private void Park(Warp w, int block, uint lanes)
    {
        var info = Program.Blocks + block;
        int first = BitOperations.TrailingZeroCount(lanes);
        uint number = ((uint*)(w.Registers + info->BarrierSlot))[first];
        if (number >= BarrierCount)
            throw new MachineFault(FindingKind.BarrierDivergence, info->EndInstruction, first, $"barrier {number} does not exist, a block has {BarrierCount}");
        int threads = -1;
        if (info->BarrierCountSlot >= 0)
        {
            threads = (int)((uint*)(w.Registers + info->BarrierCountSlot))[first];
            if (threads <= 0 || threads % 32 != 0)
                throw new MachineFault(FindingKind.BarrierDivergence, info->EndInstruction, first,
                    $"barrier {number} waits for {threads} threads, which is not a positive multiple of 32");
        }
        for (int i = 0; i < w.Parked.Count; i++)
        {
            var parked = w.Parked[i];
            if (parked.Block == block && parked.Barrier == (int)number && parked.ThreadCount == threads)
            {
                w.Parked[i] = parked with { Lanes = parked.Lanes | lanes };
                w.ParkedMask |= lanes;
                return;
            }
        }
        w.Parked.Add(new ParkedLanes((int)number, threads, block, lanes));
        w.ParkedMask |= lanes;
    }

    /// <summary>A warp's arrival at a barrier it does not wait for.</summary>
    public void Arrive(Op* o, Warp w, byte* r, uint mask)
    {
        int first = BitOperations.TrailingZeroCount(mask);
        uint number = ((uint*)(r + o->A))[first];
        if (number >= BarrierCount)
            throw new MachineFault(FindingKind.BarrierDivergence, o->Instruction, first, $"barrier {number} does not exist, a block has {BarrierCount}");
        _arrived[number] += BitOperations.PopCount(mask);
        State?.Arrive(w, mask, (int)number);
    }

    /// <summary>Releases every barrier that all its threads have reached. Returns true when one was.</summary>
    private bool ReleaseBarriers()
    {
        uint waited = 0;
        foreach (var warp in _warps)
        {
            foreach (var parked in warp.Parked)
                waited |= 1u << parked.Barrier;
        }
        bool released = false;
        for (uint rest = waited; rest != 0; rest &= rest - 1)
        {
            int number = BitOperations.TrailingZeroCount(rest);
            if (IsComplete(number))
            {
                Release(number);
                released = true;
            }
        }
        return released;
    }

    private bool IsComplete(int number)
    {
        int here = 0, alive = 0, wanted = -1;
        foreach (var warp in _warps)
        {
            alive += BitOperations.PopCount(warp.Alive);
            foreach (var parked in warp.Parked)
            {
                if (parked.Barrier != number)
                    continue;
                here += BitOperations.PopCount(parked.Lanes);
                // A partly filled last warp counts as whole, as on hardware.
                if (parked.Lanes == warp.Launched)
                    here += parked.ThreadCount > 0 ? 32 - BitOperations.PopCount(parked.Lanes) : 0;
                if (parked.ThreadCount > 0)
                    wanted = parked.ThreadCount;
            }
        }
        return wanted < 0 ? here == alive : here + _arrived[number] >= wanted;
    }

    private void Release(int number)
    {
        Counters.Barriers++;
        _arrived[number] = 0;
        int blockOfFirst = -1;
        bool exited = false, counted = false;
        int total = 0;
        bool all = true, any = false;
        foreach (var warp in _warps)
        {
            exited |= warp.Alive != warp.Launched;
            foreach (var parked in warp.Parked)
            {
                if (parked.Barrier != number)
                    continue;
                counted |= parked.ThreadCount > 0;
                if (blockOfFirst < 0)
                    blockOfFirst = parked.Block;
                else if (blockOfFirst != parked.Block)
                    ReportDivergence(warp, parked, blockOfFirst);
                var info = Program.Blocks + parked.Block;
                if (info->Barrier == BarrierKind.Sync)
                    continue;
                uint votes = (*(uint*)(warp.Registers + info->BarrierSource) ^ info->BarrierSourceFlip) & parked.Lanes;
                total += BitOperations.PopCount(votes);
                all &= votes == parked.Lanes;
                any |= votes != 0;
            }
        }
        if (exited && !counted)
            ReportExited(number, blockOfFirst);
        State?.ReleaseBarrier(_warps, number, counted);
        foreach (var warp in _warps)
        {
            for (int i = warp.Parked.Count - 1; i >= 0; i--)
            {
                var parked = warp.Parked[i];
                if (parked.Barrier != number)
                    continue;
                Deliver(warp, Program.Blocks + parked.Block, parked.Lanes, total, all, any);
                warp.Parked.RemoveAt(i);
                warp.ParkedMask &= ~parked.Lanes;
                warp.Push(Program.Blocks[parked.Block].Next, parked.Lanes);
            }
        }
    }

    /// <summary>Writes the result of a reducing barrier.</summary>
    private static void Deliver(Warp warp, BlockInfo* info, uint lanes, int total, bool all, bool any)
    {
        byte* result = warp.Registers + info->BarrierResult;
        switch (info->Barrier)
        {
            case BarrierKind.ReducePopc:
                for (uint rest = lanes; rest != 0; rest &= rest - 1)
                    ((uint*)result)[BitOperations.TrailingZeroCount(rest)] = (uint)total;
                break;
            case BarrierKind.ReduceAnd:
                Lanes.StorePredicate(result, all ? lanes : 0, lanes);
                break;
            case BarrierKind.ReduceOr:
                Lanes.StorePredicate(result, any ? lanes : 0, lanes);
                break;
        }
    }

    private void ReportDivergence(Warp warp, ParkedLanes parked, int blockOfFirst)
    {
        int here = Program.Blocks[parked.Block].EndInstruction;
        int line = Program.Instructions[Program.Blocks[blockOfFirst].EndInstruction].Line;
        Report(
            FindingKind.BarrierDivergence, warp, here, BitOperations.TrailingZeroCount(parked.Lanes),
            $"threads of one block meet at barrier {parked.Barrier} in different instructions, the other is in line {line}");
    }

    private void ReportExited(int number, int block)
    {
        foreach (var warp in _warps)
        {
            uint missing = warp.Launched & ~warp.Alive;
            if (missing == 0)
                continue;
            Report(
                FindingKind.BarrierDivergence, warp, Program.Blocks[block].EndInstruction, BitOperations.TrailingZeroCount(missing),
                $"barrier {number} was passed although this thread had exited and never reached it");
            return;
        }
    }

    /// <summary>Nothing can run any more: says what the threads wait for.</summary>
    private void ReportDeadlock()
    {
        foreach (var warp in _warps)
        {
            int block = warp.Alive == 0 ? -1 : warp.NextPending(0);
            if (block < 0)
                continue;
            uint waiting = warp.PendingAt(block);
            uint absent = warp.Alive & ~waiting;
            int instruction = Program.Blocks[block].FirstInstruction;
            CurrentWarp = warp.Index;
            throw new MachineFault(
                FindingKind.WarpSync, instruction, BitOperations.TrailingZeroCount(waiting),
                $"lanes 0x{waiting:x8} wait at a warp synchronisation for lanes that never arrive (living lanes elsewhere: 0x{absent:x8})");
        }
        foreach (var warp in _warps)
        {
            if (warp.Parked.Count == 0)
                continue;
            var parked = warp.Parked[0];
            CurrentWarp = warp.Index;
            int waiting = _warps.Sum(w => w.Parked.Where(p => p.Barrier == parked.Barrier).Sum(p => BitOperations.PopCount(p.Lanes)));
            int alive = _warps.Sum(w => BitOperations.PopCount(w.Alive));
            throw new MachineFault(
                FindingKind.BarrierDivergence, Program.Blocks[parked.Block].EndInstruction, BitOperations.TrailingZeroCount(parked.Lanes),
                $"{waiting} of {alive} threads wait at barrier {parked.Barrier}{(parked.ThreadCount > 0 ? $" for {parked.ThreadCount} threads" : "")}, "
                    + "the others never reach it");
        }
    }

    private void CheckLeftArrivals()
    {
        for (int i = 0; i < BarrierCount; i++)
        {
            if (_arrived[i] != 0)
                Report(FindingKind.BarrierDivergence, _warps[0], 0, 0, $"{_arrived[i]} threads arrived at barrier {i}, which nobody waited for");
        }
    }
}
