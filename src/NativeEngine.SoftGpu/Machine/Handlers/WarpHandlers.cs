using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal enum ShuffleMode
{
    Up,
    Down,
    Butterfly,
    Index,
}

/// <summary>
/// Operations in which the lanes of a warp take part together. Their basic blocks are entered only when every living lane of the member mask is there,
/// so the executing lanes are the members.
/// </summary>
internal static unsafe class WarpHandlers
{
    private static readonly Vector512<uint> Iota = Vector512.Create(0u, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    private static void CheckMembers(Op* o, Warp w, uint members, uint mask)
    {
        uint strangers = mask & ~members;
        if (strangers != 0)
        {
            int lane = BitOperations.TrailingZeroCount(strangers);
            throw new MachineFault(FindingKind.WarpSync, o->Instruction, lane,
                $"lane {lane} executes a warp synchronisation whose member mask 0x{members:x8} does not name it");
        }
    }

    /// <summary>
    /// First member mask among the executing lanes; all of them have the same. The forms of old that name no members (slot -1) are for the lanes that
    /// execute them.
    /// </summary>
    private static uint MembersAt(byte* r, int slot, uint mask) => slot < 0 ? mask : ((uint*)(r + slot))[BitOperations.TrailingZeroCount(mask)];

    /// <summary>Butterfly over the whole warp by one constant distance: the shape of warp reductions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ButterflyAll(Op* o, Warp w, byte* r, uint mask)
    {
        if (mask != Lanes.All)
        {
            Shuffle(o, w, r, mask);
            return;
        }
        uint distance = (uint)o->Immediate;
        byte* a = r + o->A, d = r + o->D;
        var order = Iota ^ Vector512.Create(distance & 15);
        var low = Vector512.Shuffle(Lanes.Load<uint>(a, 0), order);
        var high = Vector512.Shuffle(Lanes.Load<uint>(a, 1), order);
        bool swap = (distance & 16) != 0;
        (swap ? high : low).Store((uint*)d);
        (swap ? low : high).Store((uint*)(d + 64));
    }

    /// <summary>The lane a shuffle points to, and whether it lies inside the segment; outside, a lane keeps its own value.</summary>
    public static int SourceLane(ShuffleMode mode, int lane, uint distances, uint clamps, out bool inside)
    {
        int clamp = (int)(clamps & 31), segment = (int)(clamps >> 8 & 31), distance = (int)(distances & 31);
        int limit = (lane & segment) | (clamp & ~segment);
        int from = mode switch
        {
            ShuffleMode.Up => lane - distance,
            ShuffleMode.Down => lane + distance,
            ShuffleMode.Butterfly => lane ^ distance,
            _ => (lane & segment) | (distance & ~segment),
        };
        inside = mode == ShuffleMode.Up ? from >= limit : from <= limit;
        return from;
    }

    /// <summary>shfl.sync: A value, B lane or distance, C clamp and segment, D2 member mask slot, D1 predicate or -1, N mode.</summary>
    public static void Shuffle(Op* o, Warp w, byte* r, uint mask)
    {
        CheckMembers(o, w, MembersAt(r, o->D2, mask), mask);
        uint* source = stackalloc uint[32];
        Buffer.MemoryCopy(r + o->A, source, Lanes.Bytes32, Lanes.Bytes32);
        uint* distances = (uint*)(r + o->B);
        uint* clamps = (uint*)(r + o->C);
        uint inside = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            int from = SourceLane((ShuffleMode)o->N, lane, distances[lane], clamps[lane], out bool valid);
            if (valid)
                inside |= 1u << lane;
            else
                from = lane;
            if ((mask >> from & 1) == 0)
                w.Executor.Report(FindingKind.WarpSync, w, o->Instruction, lane,
                    $"shuffle reads lane {from}, which does not execute it: the value is undefined");
            if (o->D >= 0)
                ((uint*)(r + o->D))[lane] = source[from];
        }
        if (o->D1 >= 0)
            Lanes.StorePredicate(r + o->D1, inside, mask);
    }

    /// <summary>vote.sync: A source predicate flipped by Immediate, B member mask slot, N 0 all, 1 any, 2 uni, 3 ballot.</summary>
    public static void Vote(Op* o, Warp w, byte* r, uint mask)
    {
        CheckMembers(o, w, MembersAt(r, o->B, mask), mask);
        uint votes = (*(uint*)(r + o->A) ^ (uint)o->Immediate) & mask;
        if (o->N == 3)
        {
            Lanes.Fill(r + o->D, votes, mask);
            return;
        }
        bool result = o->N switch
        {
            0 => votes == mask,
            1 => votes != 0,
            _ => votes == 0 || votes == mask,
        };
        Lanes.StorePredicate(r + o->D, result ? mask : 0, mask);
    }

    /// <summary>match.sync: A value of N bytes, B member mask slot; Immediate 0 any, 1 all with an optional predicate in D1.</summary>
    public static void Match(Op* o, Warp w, byte* r, uint mask)
    {
        CheckMembers(o, w, MembersAt(r, o->B, mask), mask);
        uint* result = stackalloc uint[32];
        ulong Value(int lane) => o->N == 8 ? ((ulong*)(r + o->A))[lane] : ((uint*)(r + o->A))[lane];
        uint same = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            same = 0;
            for (uint others = mask; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                if (Value(other) == Value(lane))
                    same |= 1u << other;
            }
            result[lane] = o->Immediate == 0 || same == mask ? same : 0;
        }
        for (uint rest = mask; rest != 0 && o->D >= 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ((uint*)(r + o->D))[lane] = result[lane];
        }
        if (o->D1 >= 0)
            Lanes.StorePredicate(r + o->D1, same == mask ? mask : 0, mask);
    }

    /// <summary>redux.sync: A value, B member mask slot, N 0 add, 1 min, 2 max, 3 and, 4 or, 5 xor; Immediate 1 for signed.</summary>
    public static void Reduce(Op* o, Warp w, byte* r, uint mask)
    {
        CheckMembers(o, w, MembersAt(r, o->B, mask), mask);
        uint* source = (uint*)(r + o->A);
        uint result = source[BitOperations.TrailingZeroCount(mask)];
        for (uint rest = mask & (mask - 1); rest != 0; rest &= rest - 1)
        {
            uint x = source[BitOperations.TrailingZeroCount(rest)];
            result = (o->N, o->Immediate) switch
            {
                (0, _) => result + x,
                (1, 0) => Math.Min(result, x),
                (1, _) => (uint)Math.Min((int)result, (int)x),
                (2, 0) => Math.Max(result, x),
                (2, _) => (uint)Math.Max((int)result, (int)x),
                (3, _) => result & x,
                (4, _) => result | x,
                _ => result ^ x,
            };
        }
        Lanes.Fill(r + o->D, result, mask);
    }

    /// <summary>elect.sync: the lowest executing lane; its number goes to D (or -1), the predicate that is true in it alone to D1; B member mask
    /// slot.</summary>
    public static void Elect(Op* o, Warp w, byte* r, uint mask)
    {
        CheckMembers(o, w, MembersAt(r, o->B, mask), mask);
        uint leader = mask & (0 - mask);
        if (o->D >= 0)
            Lanes.Fill(r + o->D, (uint)BitOperations.TrailingZeroCount(leader), mask);
        if (o->D1 >= 0)
            Lanes.StorePredicate(r + o->D1, leader, mask);
    }

    /// <summary>bar.warp.sync: A member mask slot.</summary>
    public static void WarpBarrier(Op* o, Warp w, byte* r, uint mask)
    {
        CheckMembers(o, w, MembersAt(r, o->A, mask), mask);
        w.Executor.State?.WarpBarrier(w, mask);
    }

    public static void ActiveMask(Op* o, Warp w, byte* r, uint mask)
    {
        Lanes.Fill(r + o->D, mask, mask);
    }
}
