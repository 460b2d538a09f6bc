using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Loads and stores. Three shapes of addresses are told apart: 32 neighbours (one bounds check, vector moves), one address for all lanes (one check,
/// broadcast), anything else (lane by lane against a cached window). The address register is <see cref="Op.A"/> plus <see cref="Op.Immediate"/>.
/// </summary>
internal static unsafe class MemoryHandlers
{
    private static readonly Vector512<ulong> Iota = Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7);

    /// <summary>True when lane i's address is lane 0's plus i * size, for all 32 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreNeighbours(ulong* addresses, int size)
    {
        var expected = Vector512.Create(addresses[0]) + Iota * (ulong)size;
        var step = Vector512.Create(8ul * (ulong)size);
        if (Vector512.Load(addresses) != expected)
            return false;
        expected += step;
        if (Vector512.Load(addresses + 8) != expected)
            return false;
        expected += step;
        if (Vector512.Load(addresses + 16) != expected)
            return false;
        return Vector512.Load(addresses + 24) == expected + step;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreEqual(ulong* addresses)
    {
        var first = Vector512.Create(addresses[0]);
        var differences = (Vector512.Load(addresses) ^ first) | (Vector512.Load(addresses + 8) ^ first)
            | (Vector512.Load(addresses + 16) ^ first) | (Vector512.Load(addresses + 24) ^ first);
        return differences == Vector512<ulong>.Zero;
    }

    /// <summary>Host pointer of a checked run of bytes that starts at lane 0's address, or null when lanes must be checked one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Run<TSpace>(Op* o, Warp w, ulong address, int bytes, int size) where TSpace : struct, ISpace
    {
        TSpace.Window(o, w, out ulong start, out ulong end);
        bool inside = address >= start && address + (ulong)bytes <= end && address < end;
        return inside && (address & (ulong)(size - 1)) == 0 ? TSpace.Base(w) + address : null;
    }

    /// <summary>Checks one lane and returns its host pointer; the window moves along when the lane left it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Lane<TSpace>(Op* o, Warp w, ulong address, int size, int lane, bool write, ref ulong start, ref ulong end)
        where TSpace : struct, ISpace
    {
        if (address < start || address >= end || end - address < (ulong)size)
            TSpace.Miss(o, w, address, size, lane, write, out start, out end);
        if ((address & (ulong)(size - 1)) != 0)
            Misaligned(o, address, size, lane, write);
        return TSpace.Base(w) + address;
    }

    /// <summary>Checks one lane's read of global memory, aligned to <paramref name="size"/>, and returns its host pointer.</summary>
    public static byte* GlobalLane(Op* o, Warp w, ulong address, int size, int bytes, int lane)
    {
        if ((address & (ulong)(size - 1)) != 0)
            Misaligned(o, address, size, lane, false);
        w.Executor.FindRange(o, address, bytes, lane, false, out _, out _);
        return (byte*)address;
    }

    public static void Misaligned(Op* o, ulong address, int size, int lane, bool write) =>
        throw new MachineFault(FindingKind.Misaligned, o->Instruction, lane,
            $"{AccessText.Of(write, size)} at address 0x{address:x}, which is not a multiple of {size}");

    /// <summary>Faults where an address is no multiple of <see cref="Op.N"/>.</summary>
    public static void CheckAlignment(Op* o, Warp w, byte* r, uint mask)
    {
        ulong* addresses = (ulong*)(r + o->A);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong address = addresses[lane] + (ulong)o->Immediate;
            if ((address & (ulong)(o->N - 1)) != 0)
                Misaligned(o, address, o->N, lane, false);
        }
    }

    /// <summary>One element a lane, loaded or stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Single<TTransfer, TSpace, TElement>(Op* o, Warp w, byte* r, uint mask)
        where TTransfer : struct, ITransfer
        where TSpace : struct, ISpace
        where TElement : struct, IElement
    {
        ulong* addresses = (ulong*)(r + o->A);
        if (mask == Lanes.All)
        {
            ulong first = addresses[0] + (ulong)o->Immediate;
            byte* run;
            if (AreNeighbours(addresses, TElement.Size) && (run = Run<TSpace>(o, w, first, 32 * TElement.Size, TElement.Size)) != null)
            {
                TTransfer.MoveAll<TElement>(run, r + o->D);
                return;
            }
            if (!TTransfer.Writes && AreEqual(addresses) && (run = Run<TSpace>(o, w, first, TElement.Size, TElement.Size)) != null)
            {
                Broadcast<TElement>(run, r + o->D);
                return;
            }
        }
        TSpace.Window(o, w, out ulong start, out ulong end);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* at = Lane<TSpace>(o, w, addresses[lane] + (ulong)o->Immediate, TElement.Size, lane, TTransfer.Writes, ref start, ref end);
            TTransfer.Move<TElement>(at, r + o->D, lane);
        }
    }

    /// <summary>The same element into every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Broadcast<TElement>(byte* memory, byte* register) where TElement : struct, IElement
    {
        ulong lane;
        TElement.Load(memory, (byte*)&lane, 0);
        if (TElement.Size == 8)
            Lanes.Fill(register, lane, Lanes.All);
        else
            Lanes.Fill(register, (uint)lane, Lanes.All);
    }

    /// <summary>A vector of <see cref="Op.N"/> elements a lane, two or four; a load drops the element whose slot is -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Vector<TTransfer, TSpace, TElement>(Op* o, Warp w, byte* r, uint mask)
        where TTransfer : struct, ITransfer
        where TSpace : struct, ISpace
        where TElement : struct, IElement
    {
        ulong* addresses = (ulong*)(r + o->A);
        int size = o->N * TElement.Size;
        if (mask == Lanes.All && TElement.Size == 4 && AreNeighbours(addresses, size))
        {
            byte* run = Run<TSpace>(o, w, addresses[0] + (ulong)o->Immediate, 32 * size, size);
            if (run != null)
            {
                TTransfer.Transpose(o, run, r);
                return;
            }
        }
        TSpace.Window(o, w, out ulong start, out ulong end);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* at = Lane<TSpace>(o, w, addresses[lane] + (ulong)o->Immediate, size, lane, TTransfer.Writes, ref start, ref end);
            TTransfer.Move<TElement>(at, r + o->D, lane);
            TTransfer.Move<TElement>(at + TElement.Size, r + o->D1, lane);
            if (o->N == 4)
            {
                TTransfer.Move<TElement>(at + 2 * TElement.Size, r + o->D2, lane);
                TTransfer.Move<TElement>(at + 3 * TElement.Size, r + o->D3, lane);
            }
        }
    }

    /// <summary>Read-modify-write, lane after lane; <see cref="Op.D"/> is -1 when the old value is not wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Atomic<TSpace, TAtomic, TValue>(Op* o, Warp w, byte* r, uint mask)
        where TSpace : struct, ISpace
        where TAtomic : struct, IAtomic<TValue>
        where TValue : unmanaged
    {
        ulong* addresses = (ulong*)(r + o->A);
        byte* first = r + o->B, second = r + o->C;
        // 16-bit registers live in 32-bit lanes.
        int stride = Math.Max(4, sizeof(TValue));
        TSpace.Window(o, w, out ulong start, out ulong end);
        for (int i = 0; i < 32; i++)
        {
            int lane = (i + w.LaneRotation) & 31;
            if ((mask >> lane & 1) == 0)
                continue;
            byte* at = Lane<TSpace>(o, w, addresses[lane] + (ulong)o->Immediate, sizeof(TValue), lane, true, ref start, ref end);
            var old = Exchange<TAtomic, TValue>((TValue*)at, *(TValue*)(first + stride * lane), *(TValue*)(second + stride * lane));
            if (o->D < 0)
                continue;
            byte* result = r + o->D + stride * lane;
            if (sizeof(TValue) == 2)
                *(uint*)result = *(ushort*)&old;
            else
                *(TValue*)result = old;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TValue Exchange<TAtomic, TValue>(TValue* at, TValue first, TValue second) where TAtomic : struct, IAtomic<TValue> where TValue : unmanaged
    {
        if (sizeof(TValue) == 2)
        {
            ushort seen = Volatile.Read(ref *(ushort*)at);
            while (true)
            {
                var wanted = TAtomic.Apply(*(TValue*)&seen, first, second);
                ushort found = Interlocked.CompareExchange(ref *(ushort*)at, *(ushort*)&wanted, seen);
                if (found == seen)
                    return *(TValue*)&found;
                seen = found;
            }
        }
        if (sizeof(TValue) == 4)
        {
            uint seen = Volatile.Read(ref *(uint*)at);
            while (true)
            {
                var wanted = TAtomic.Apply(*(TValue*)&seen, first, second);
                uint found = Interlocked.CompareExchange(ref *(uint*)at, *(uint*)&wanted, seen);
                if (found == seen)
                    return *(TValue*)&found;
                seen = found;
            }
        }
        ulong before = Volatile.Read(ref *(ulong*)at);
        while (true)
        {
            var wanted = TAtomic.Apply(*(TValue*)&before, first, second);
            ulong found = Interlocked.CompareExchange(ref *(ulong*)at, *(ulong*)&wanted, before);
            if (found == before)
                return *(TValue*)&found;
            before = found;
        }
    }
}
