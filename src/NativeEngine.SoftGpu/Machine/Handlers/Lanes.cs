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

    /// <summary>Vectors of a register whose lanes are of type <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Parts<T>() where T : unmanaged => 32 / Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(byte* register, int part) where T : unmanaged => Vector512.Load((T*)(register + 64 * part));

    /// <summary>All ones in the lanes of a part whose bit is set in <paramref name="mask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Spread<T>(uint mask, int part) where T : unmanaged
    {
        mask >>= part * Vector512<T>.Count;
        if (sizeof(T) == 8)
        {
            var bits64 = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
            return Vector512.Equals(Vector512.Create((ulong)mask) & bits64, bits64).As<ulong, T>();
        }
        var bits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create(mask) & bits, bits).As<uint, T>();
    }

    /// <summary>Writes one part of a register where the mask allows it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(byte* register, int part, Vector512<T> value, uint mask) where T : unmanaged
    {
        if (mask != All)
            value = Vector512.ConditionalSelect(Spread<T>(mask, part), value, Load<T>(register, part));
        value.Store((T*)(register + 64 * part));
    }

    /// <summary>Writes a value into all lanes of a register that the mask allows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill<T>(byte* register, T value, uint mask) where T : unmanaged
    {
        var lanes = Vector512.Create(value);
        for (int part = 0; part < Parts<T>(); part++)
            Store(register, part, lanes, mask);
    }

    /// <summary>Writes the lanes of a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePredicate(byte* to, uint value, uint mask) => *(uint*)to = (*(uint*)to & ~mask) | (value & mask);
}
