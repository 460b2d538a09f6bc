using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>
/// Calls, returns and indexed branches: every lane has its own frame in local memory and its own stack of places to come back to. Lanes that meet in a
/// block run it together however deep each of them is; functions come before their callers in the order of blocks, so lanes that do not call wait for those
/// that do.
/// </content>
internal sealed unsafe partial class BlockExecutor
{
    /// <summary>Ends a block that leads its lanes to different places. Returns the block and lanes to go on with; the others wait.</summary>
    private (int Next, uint Lanes) Transfer(Warp w, BlockInfo* block, uint mask)
    {
        uint taken = block->Guard >= 0 ? (*(uint*)(w.Registers + block->Guard) ^ block->GuardFlip) & mask : mask;
        if (taken == 0)
            return (block->Next, mask);
        if (taken != mask)
        {
            Counters.DivergentBranches += block->End == BlockEnd.IndexedBranch ? 1 : 0;
            w.Push(block->Next, mask & ~taken);
        }
        int* targets = stackalloc int[32];
        switch (block->End)
        {
            case BlockEnd.Call:
                Enter(w, Program.Calls[block->Table], taken, targets);
                break;
            case BlockEnd.Return:
                for (uint rest = taken; rest != 0; rest &= rest - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(rest);
                    targets[lane] = (int)w.PopCall(lane);
                }
                break;
            default:
                ChooseBranches(w, block, taken, targets);
                break;
        }
        return Split(w, taken, targets, taken == mask && block->End == BlockEnd.IndexedBranch);
    }

    /// <summary>Groups lanes by their targets: all groups but the first wait.</summary>
    private (int Next, uint Lanes) Split(Warp w, uint lanes, int* targets, bool countsAsBranch)
    {
        int first = targets[BitOperations.TrailingZeroCount(lanes)];
        uint together = 0;
        bool apart = false;
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (targets[lane] == first)
            {
                together |= 1u << lane;
                continue;
            }
            apart = true;
            w.Push(targets[lane], 1u << lane);
        }
        if (apart && countsAsBranch)
            Counters.DivergentBranches++;
        return (first, together);
    }

    private void ChooseBranches(Warp w, BlockInfo* block, uint lanes, int* targets)
    {
        int[] table = Program.BranchTables[block->Table];
        uint* index = (uint*)(w.Registers + block->Target);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (index[lane] >= (uint)table.Length)
                throw new MachineFault(FindingKind.BadCall, block->EndInstruction, lane,
                    $"brx.idx with index {index[lane]}, the list has {table.Length} labels");
            targets[lane] = table[index[lane]];
        }
    }

    /// <summary>Makes a frame for every calling lane: passes its arguments, keeps its registers and remembers where it comes back.</summary>
    private void Enter(Warp w, CallSite site, uint lanes, int* targets)
    {
        byte* r = w.Registers;
        ulong* frames = (ulong*)(r + Program.FrameSlot);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var callee = site.PointerSlot < 0 ? site.Direct : Choose(site, ((ulong*)(r + site.PointerSlot))[lane], lane);
            ulong caller = frames[lane], frame = caller + (ulong)site.CallerBytes;
            if (frame + (ulong)callee.FrameBytes > w.LocalBytes)
                throw Overflow(w, site, callee, lane);
            State?.EnterFrame(w, lane, frame, callee);
            byte* local = w.Local + (ulong)lane * w.LocalBytes;
            foreach (var value in site.Arguments)
            {
                byte* to = local + frame + value.Offset;
                if (value.CallerOffset >= 0)
                {
                    Buffer.MemoryCopy(local + caller + value.CallerOffset, to, value.Bytes, value.Bytes);
                    State?.PassFlags(w, lane, caller + (ulong)value.CallerOffset, frame + (ulong)value.Offset, value.Bytes);
                }
                else
                {
                    ulong bits = LaneOf(r + value.Slot, value.SlotBytes, lane);
                    Buffer.MemoryCopy(&bits, to, value.Bytes, value.Bytes);
                    State?.MarkLocal(w, lane, frame + (ulong)value.Offset, value.Bytes);
                }
            }
            Save(w, site, lane);
            w.PushCall(lane, (uint)site.Landing);
            frames[lane] = frame;
            targets[lane] = callee.Block;
        }
    }

    private Callee Choose(CallSite site, ulong address, int lane)
    {
        if (site.Targets.TryGetValue(address, out var callee))
            return callee;
        var function = Program.Module.Functions.FirstOrDefault(candidate => Windows.AddressOf(candidate) == address && candidate.AliasOf is null);
        string problem = function switch
        {
            null => $"0x{address:x} is not the address of a function",
            { Problem: { } unsupported } => $"function '{function.Name}' cannot be executed: {unsupported.Message}",
            { IsDefined: false } => $"function '{function.Name}' is declared and not defined in the module",
            _ => $"function '{function.Name}' takes and gives {function.Signature}, or is not in the list of targets: the call does not fit it",
        };
        throw new MachineFault(FindingKind.BadCall, site.Instruction, lane, $"call through a pointer: {problem}");
    }

    private MachineFault Overflow(Warp w, CallSite site, Callee callee, int lane) => new(
        FindingKind.StackOverflow, site.Instruction, lane,
        $"stack overflow: function '{callee.Name}' needs {callee.FrameBytes} bytes, {w.CallsOf(lane, Program).Count} calls deep, beyond the "
            + $"{w.LocalBytes} bytes of local memory that the thread has");

    private void Save(Warp w, CallSite site, int lane)
    {
        foreach (var register in site.Saved)
        {
            byte* slot = w.Registers + register.Slot;
            switch (register.LaneBytes)
            {
                case 0:
                    w.PushCall(lane, *(uint*)slot >> lane & 1);
                    break;
                case 4:
                    w.PushCall(lane, ((uint*)slot)[lane]);
                    break;
                default:
                    w.PushCall(lane, ((uint*)slot)[2 * lane]);
                    w.PushCall(lane, ((uint*)slot)[2 * lane + 1]);
                    break;
            }
            if (register.Register >= 0)
                w.PushCall(lane, State!.DefinedBytes(w, register.Register, lane));
        }
    }

    /// <summary>Lanes come back from a call: their registers and frames are as they were, and they get the results.</summary>
    public void Land(CallSite site, Warp w, uint mask)
    {
        byte* r = w.Registers;
        ulong* frames = (ulong*)(r + Program.FrameSlot);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Restore(w, site, lane);
            ulong frame = frames[lane], caller = frame - (ulong)site.CallerBytes;
            frames[lane] = caller;
            byte* local = w.Local + (ulong)lane * w.LocalBytes;
            foreach (var value in site.Results)
            {
                byte* from = local + frame + value.Offset;
                if (value.CallerOffset >= 0)
                {
                    Buffer.MemoryCopy(from, local + caller + value.CallerOffset, value.Bytes, value.Bytes);
                    State?.PassFlags(w, lane, frame + (ulong)value.Offset, caller + (ulong)value.CallerOffset, value.Bytes);
                    continue;
                }
                ulong bits = 0;
                Buffer.MemoryCopy(from, &bits, 8, value.Bytes);
                if (value.SlotBytes == 8)
                    ((ulong*)(r + value.Slot))[lane] = bits;
                else
                    ((uint*)(r + value.Slot))[lane] = (uint)bits;
                if (value.Register >= 0)
                    State!.SetDefined(w, value.Register, lane, 0xFF);
            }
        }
    }

    private void Restore(Warp w, CallSite site, int lane)
    {
        for (int i = site.Saved.Length - 1; i >= 0; i--)
        {
            var register = site.Saved[i];
            byte* slot = w.Registers + register.Slot;
            if (register.Register >= 0)
                State!.SetDefined(w, register.Register, lane, (byte)w.PopCall(lane));
            switch (register.LaneBytes)
            {
                case 0:
                    Lanes.StorePredicate(slot, w.PopCall(lane) << lane, 1u << lane);
                    break;
                case 4:
                    ((uint*)slot)[lane] = w.PopCall(lane);
                    break;
                default:
                    ((uint*)slot)[2 * lane + 1] = w.PopCall(lane);
                    ((uint*)slot)[2 * lane] = w.PopCall(lane);
                    break;
            }
        }
    }

    public static ulong LaneOf(byte* slot, int bytes, int lane) => bytes == 8 ? ((ulong*)slot)[lane] : ((uint*)slot)[lane];
}
