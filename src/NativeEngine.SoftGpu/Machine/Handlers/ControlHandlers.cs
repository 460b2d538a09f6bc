using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>Guards, predicates, warp synchronisation and other operations that are not arithmetic.</summary>
internal static unsafe class ControlHandlers
{
    /// <summary>Runs the inner operation for the lanes whose guard holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Guarded(Op* o, Warp w, byte* r, uint mask)
    {
        mask &= *(uint*)(r + o->Guard) ^ o->GuardFlip;
        if (mask != 0)
            o->Inner(o, w, r, mask);
    }

    /// <summary>Orders memory between threads of real hardware; here every access is ordered already.</summary>
    public static void Fence(Op* o, Warp w, byte* r, uint mask) => Interlocked.MemoryBarrier();

    public static void Arrive(Op* o, Warp w, byte* r, uint mask) => w.Executor.Arrive(o, w, r, mask);

    public static void Trap(Op* o, Warp w, byte* r, uint mask) =>
        throw new MachineFault(
            FindingKind.Trap, o->Instruction, BitOperations.TrailingZeroCount(mask),
                o->N == 0 ? "the kernel executed trap" : "the kernel executed brkpt, and no debugger is there");

    public static void PredicateAnd(Op* o, Warp w, byte* r, uint mask) => Lanes.StorePredicate(r + o->D, *(uint*)(r + o->A) & *(uint*)(r + o->B), mask);

    public static void PredicateOr(Op* o, Warp w, byte* r, uint mask) => Lanes.StorePredicate(r + o->D, *(uint*)(r + o->A) | *(uint*)(r + o->B), mask);

    public static void PredicateXor(Op* o, Warp w, byte* r, uint mask) => Lanes.StorePredicate(r + o->D, *(uint*)(r + o->A) ^ *(uint*)(r + o->B), mask);

    public static void PredicateNot(Op* o, Warp w, byte* r, uint mask) => Lanes.StorePredicate(r + o->D, ~*(uint*)(r + o->A), mask);

    public static void PredicateMove(Op* o, Warp w, byte* r, uint mask) => Lanes.StorePredicate(r + o->D, *(uint*)(r + o->A), mask);

    /// <summary>
    /// Second half of setp with a boolean operator or two results: the comparison is in <see cref="Op.A"/>; combines it and its complement with the
    /// third source (<see cref="Op.B"/>, flipped by <see cref="Op.Immediate"/>) by <see cref="Op.N"/>: 0 none, 1 and, 2 or, 3 xor.
    /// </summary>
    public static void CombinePredicates(Op* o, Warp w, byte* r, uint mask)
    {
        uint compared = *(uint*)(r + o->A);
        uint third = o->B >= 0 ? *(uint*)(r + o->B) ^ (uint)o->Immediate : 0;
        if (o->D >= 0)
            Lanes.StorePredicate(r + o->D, Combine(o->N, compared, third), mask);
        if (o->D1 >= 0)
            Lanes.StorePredicate(r + o->D1, Combine(o->N, ~compared, third), mask);
    }

    private static uint Combine(int operation, uint a, uint b) => operation switch
    {
        1 => a & b,
        2 => a | b,
        3 => a ^ b,
        _ => a,
    };

    /// <summary>All ones or 1.0 (<see cref="Op.Immediate"/>) where a predicate holds, else 0: the result of <c>set</c>.</summary>
    public static void PredicateToValue(Op* o, Warp w, byte* r, uint mask)
    {
        uint choice = *(uint*)(r + o->A);
        var value = Vector512.Create((uint)o->Immediate);
        for (int part = 0; part < 2; part++)
            Lanes.Store(r + o->D, part, Lanes.Spread<uint>(choice, part) & value, mask);
    }

    /// <summary>Splits a 64-bit register into the two 32-bit ones of <c>mov.b64 {lo, hi}, d</c>; -1 drops a half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack64(Op* o, Warp w, byte* r, uint mask)
    {
        for (int part = 0; part < 2; part++)
        {
            Vector512<ulong> first = Lanes.Load<ulong>(r + o->A, 2 * part), second = Lanes.Load<ulong>(r + o->A, 2 * part + 1);
            if (o->D >= 0)
                Lanes.Store(r + o->D, part, Vector512.Narrow(first, second), mask);
            if (o->D1 >= 0)
                Lanes.Store(r + o->D1, part, Vector512.Narrow(first >> 32, second >> 32), mask);
        }
    }

    /// <summary>Joins two 32-bit registers: <c>mov.b64 d, {lo, hi}</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack64(Op* o, Warp w, byte* r, uint mask)
    {
        for (int part = 0; part < 4; part++)
        {
            var joined = LaneWidths.Widen(r + o->A, part, false) | LaneWidths.Widen(r + o->B, part, false) << 32;
            Lanes.Store(r + o->D, part, joined, mask);
        }
    }

    /// <summary>Splits a 32-bit register into 16-bit ones.</summary>
    public static void Unpack32(Op* o, Warp w, byte* r, uint mask)
    {
        for (int part = 0; part < 2; part++)
        {
            var pair = Lanes.Load<uint>(r + o->A, part);
            if (o->D >= 0)
                Lanes.Store(r + o->D, part, pair & Vector512.Create(0xFFFFu), mask);
            if (o->D1 >= 0)
                Lanes.Store(r + o->D1, part, pair >> 16, mask);
        }
    }

    /// <summary>Joins two 16-bit registers: <c>mov.b32 d, {lo, hi}</c>.</summary>
    public static void Pack32(Op* o, Warp w, byte* r, uint mask)
    {
        for (int part = 0; part < 2; part++)
            Lanes.Store(r + o->D, part, Lanes.Load<uint>(r + o->A, part) | Lanes.Load<uint>(r + o->B, part) << 16, mask);
    }

    /// <summary>Splits a 64-bit register into four 16-bit ones.</summary>
    public static void Unpack64To16(Op* o, Warp w, byte* r, uint mask)
    {
        int* slots = stackalloc int[] { o->D, o->D1, o->D2, o->D3 };
        ulong* source = stackalloc ulong[32];
        Buffer.MemoryCopy(r + o->A, source, Lanes.Bytes64, Lanes.Bytes64);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            for (int i = 0; i < 4; i++)
            {
                if (slots[i] >= 0)
                    ((uint*)(r + slots[i]))[lane] = (ushort)(source[lane] >> (16 * i));
            }
        }
    }

    /// <summary>Joins four 16-bit registers (<see cref="Op.A"/>, B, C and the slot in Immediate).</summary>
    public static void Pack64From16(Op* o, Warp w, byte* r, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong At(long slot) => ((uint*)(r + slot))[lane];
            ((ulong*)(r + o->D))[lane] = At(o->A) | At(o->B) << 16 | At(o->C) << 32 | At(o->Immediate) << 48;
        }
    }

    /// <summary>A 32- or 64-bit clock (<see cref="Op.N"/> bytes): counts the block's executed warp instructions; <see cref="Op.Immediate"/> shifts.</summary>
    public static void Clock(Op* o, Warp w, byte* r, uint mask)
    {
        ulong now = (ulong)w.Executor.Clock >> (int)o->Immediate;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (o->N == 8)
                ((ulong*)(r + o->D))[lane] = now;
            else
                ((uint*)(r + o->D))[lane] = (uint)now;
        }
    }

    /// <summary>True where a generic address points into space <see cref="Op.N"/>.</summary>
    public static void IsSpace(Op* o, Warp w, byte* r, uint mask)
    {
        uint result = 0;
        for (int lane = 0; lane < 32; lane++)
        {
            ulong address = ((ulong*)(r + o->A))[lane];
            var space = Windows.SpaceOf(address);
            bool constant = space == PtxSpace.Global && w.Executor.IsConstant(address);
            if ((constant ? PtxSpace.Const : space) == (PtxSpace)o->N)
                result |= 1u << lane;
        }
        Lanes.StorePredicate(r + o->D, result, mask);
    }
}
