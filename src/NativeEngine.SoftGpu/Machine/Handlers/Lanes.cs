using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// How the 32 lanes of a register lie in vectors. A 32-bit register is two vectors of 16 lanes, a 64-bit register four of 8, a predicate is one
/// 32-bit mask. Lane i of a mask is bit i. On machines without 512-bit vectors the runtime splits each vector into halves.
/// </summary>
internal static unsafe class Lanes
{
    public const uint All = 0xFFFF_FFFF;
    public const int Bytes32 = 128;
    public const int Bytes64 = 256;

    private static readonly Vector512<uint> LaneBits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
    private static readonly Vector512<ulong> LaneBits64 = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Load32(byte* at) => Vector512.Load((uint*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Load64(byte* at) => Vector512.Load((ulong*)at);

    /// <summary>All ones in the lanes whose bit is set among the low 16 of <paramref name="mask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Spread32(uint mask) => Vector512.Equals(Vector512.Create(mask) & LaneBits, LaneBits);

    /// <summary>All ones in the lanes whose bit is set among the low 8 of <paramref name="mask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Spread64(uint mask) => Vector512.Equals(Vector512.Create((ulong)mask) & LaneBits64, LaneBits64);

    /// <summary>Writes lanes 0-15 and 16-31 of a 32-bit register where the mask allows it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store32(byte* to, Vector512<uint> low, Vector512<uint> high, uint mask)
    {
        if (mask != All)
        {
            low = Vector512.ConditionalSelect(Spread32(mask), low, Load32(to));
            high = Vector512.ConditionalSelect(Spread32(mask >> 16), high, Load32(to + 64));
        }
        low.Store((uint*)to);
        high.Store((uint*)(to + 64));
    }

    /// <summary>Writes eight lanes of a 64-bit register; <paramref name="part"/> is 0 to 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store64(byte* to, int part, Vector512<ulong> value, uint mask)
    {
        if (mask != All)
            value = Vector512.ConditionalSelect(Spread64(mask >> (8 * part)), value, Load64(to + 64 * part));
        value.Store((ulong*)(to + 64 * part));
    }

    /// <summary>Writes the lanes of a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePredicate(byte* to, uint value, uint mask) => *(uint*)to = (*(uint*)to & ~mask) | (value & mask);

    /// <summary>Mask of the lanes that are all ones in a 32-bit comparison result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Gather32(Vector512<uint> low, Vector512<uint> high) =>
        (uint)low.ExtractMostSignificantBits() | (uint)high.ExtractMostSignificantBits() << 16;
}
