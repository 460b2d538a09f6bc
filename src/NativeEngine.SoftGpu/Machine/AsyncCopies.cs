using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// The asynchronous copies of a warp that were started and not waited for. The data is read when a copy starts and reaches shared memory only when its
/// thread waits: what is read there earlier is what was there before. Every lane counts its own groups.
/// </summary>
internal sealed unsafe class AsyncCopies
{
    private readonly List<Copy> _copies = [];
    private readonly int[] _committed = new int[32];

    /// <summary>One lane's copy: where it goes, what it brings, and the group it belongs to.</summary>
    private readonly record struct Copy(int Lane, int Group, int Instruction, int Access, ulong Address, int Size, UInt128 Data);

    public void Clear()
    {
        _copies.Clear();
        Array.Clear(_committed);
    }

    /// <summary>
    /// cp.async: A destination in shared memory (offset in Immediate), B source in global memory (offset in D3), N bytes; C slot of the bytes that are
    /// read, the others are zero, or -1; D slot of a predicate (flipped by D2) under which nothing is read, or -1; GenericTable and D1 the accesses.
    /// </summary>
    public static void Start(Op* o, Warp w, byte* r, uint mask)
    {
        var copies = w.Copies ??= new AsyncCopies();
        uint ignored = o->D < 0 ? 0 : *(uint*)(r + o->D) ^ (uint)o->D2;
        uint reading = mask & ~ignored;
        for (uint rest = reading; rest != 0 && o->C >= 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (((uint*)(r + o->C))[lane] == 0)
                reading &= ~(1u << lane);
        }
        ObserverHandlers.AccessAt(o, w, r, reading, o->B, o->D3, o->D1);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong to = ((ulong*)(r + o->A))[lane] + (ulong)o->Immediate;
            SharedMemory.Lane(o, w, to, o->N, lane, true);
            UInt128 data = 0;
            if ((reading >> lane & 1) != 0)
            {
                uint bytes = o->C < 0 ? (uint)o->N : ((uint*)(r + o->C))[lane];
                if (bytes > o->N)
                    throw new MachineFault(FindingKind.OutOfBounds, o->Instruction, lane, $"an asynchronous copy of {o->N} bytes is told to read {bytes}");
                ulong from = ((ulong*)(r + o->B))[lane] + (ulong)o->D3;
                byte* memory = MemoryHandlers.GlobalLane(o, w, from, o->N, (int)bytes, lane);
                Buffer.MemoryCopy(memory, &data, 16, bytes);
            }
            copies._copies.Add(new Copy(lane, copies._committed[lane], o->Instruction, o->GenericTable, to, o->N, data));
        }
    }

    /// <summary>cp.async.commit_group: what was started since the last commit is a group.</summary>
    public static void Commit(Op* o, Warp w, byte* r, uint mask)
    {
        var copies = w.Copies ??= new AsyncCopies();
        for (uint rest = mask; rest != 0; rest &= rest - 1)
            copies._committed[BitOperations.TrailingZeroCount(rest)]++;
    }

    /// <summary>cp.async.wait_group: all but the last <see cref="Op.N"/> groups arrive; with -1 everything does (wait_all).</summary>
    public static void Wait(Op* o, Warp w, byte* r, uint mask)
    {
        if (w.Copies is { } copies)
            copies.Deliver(w, r, mask, o->N);
    }

    private void Deliver(Warp w, byte* r, uint mask, int left)
    {
        // Copies arrive in the order they were started; those of one instruction, one a lane, are one access.
        int* arriving = stackalloc int[32];
        int count = 0;
        uint lanes = 0;
        for (int i = 0; i < _copies.Count; i++)
        {
            var copy = _copies[i];
            if ((mask >> copy.Lane & 1) == 0 || (left >= 0 && copy.Group >= _committed[copy.Lane] - left))
                continue;
            if (count > 0 && ((lanes >> copy.Lane & 1) != 0 || _copies[arriving[0]].Instruction != copy.Instruction))
            {
                Write(w, r, arriving, count);
                (count, lanes) = (0, 0);
            }
            arriving[count++] = i;
            lanes |= 1u << copy.Lane;
        }
        if (count == 0)
            return;
        Write(w, r, arriving, count);
        _copies.RemoveAll(copy => copy.Size == 0);
    }

    private void Write(Warp w, byte* r, int* arriving, int count)
    {
        int scratch = w.Executor.Program.ScratchSlot;
        uint lanes = 0;
        for (int i = 0; i < count; i++)
        {
            var copy = _copies[arriving[i]];
            ((ulong*)(r + scratch))[copy.Lane] = copy.Address;
            lanes |= 1u << copy.Lane;
        }
        var first = _copies[arriving[0]];
        var start = new Op { Instruction = first.Instruction };
        ObserverHandlers.AccessAt(&start, w, r, lanes, scratch, 0, first.Access);
        for (int i = 0; i < count; i++)
        {
            var copy = _copies[arriving[i]];
            var data = copy.Data;
            Buffer.MemoryCopy(&data, w.Shared + copy.Address, copy.Size, copy.Size);
            _copies[arriving[i]] = copy with { Size = 0 };
        }
    }
}
