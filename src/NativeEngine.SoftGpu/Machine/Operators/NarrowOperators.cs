using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// 16-bit registers live zero-extended in 32-bit lanes. These decorators make 16-bit operators of 32-bit ones.

internal static class Narrow
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Cut(Vector512<uint> x) => x & Vector512.Create(0xFFFFu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> SignExtend(Vector512<uint> x) => Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(x.AsInt32(), 16), 16).AsUInt32();
}

internal struct Unsigned16<T> : IUnary32 where T : struct, IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Narrow.Cut(T.Invoke(a));
}

internal struct Signed16<T> : IUnary32 where T : struct, IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Narrow.Cut(T.Invoke(Narrow.SignExtend(a)));
}

internal struct Unsigned16Binary<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Narrow.Cut(T.Invoke(a, b));
}

internal struct Signed16Binary<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Narrow.Cut(T.Invoke(Narrow.SignExtend(a), Narrow.SignExtend(b)));
}

/// <summary>A shift: only the value is signed, the amount is a 32-bit number.</summary>
internal struct Signed16Shift<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Narrow.Cut(T.Invoke(Narrow.SignExtend(a), b));
}

internal struct Signed16Compare<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => T.Invoke(Narrow.SignExtend(a), Narrow.SignExtend(b));
}

internal struct Mad16 : ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Narrow.Cut((a * b) + c);
}

internal struct MulHiU16 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => (a * b) >> 16;
}

internal struct MulHiS16 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => (Narrow.SignExtend(a) * Narrow.SignExtend(b)) >> 16;
}

internal struct MadHiU16 : ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Narrow.Cut(MulHiU16.Invoke(a, b) + c);
}

internal struct MadHiS16 : ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Narrow.Cut(MulHiS16.Invoke(a, b) + c);
}

/// <summary>Product of 16-bit integers in 32 bits.</summary>
internal struct MulWideS16 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Narrow.SignExtend(a) * Narrow.SignExtend(b);
}

internal struct MadWideS16 : ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => (Narrow.SignExtend(a) * Narrow.SignExtend(b)) + c;
}

/// <summary>High half of 32-bit unsigned products: even and odd lanes are multiplied in 64 bits.</summary>
internal struct MulHiU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b)
    {
        var low = Vector512.Create(0xFFFF_FFFFul);
        Vector512<ulong> x = a.AsUInt64(), y = b.AsUInt64();
        var even = (x & low) * (y & low);
        var odd = (x >> 32) * (y >> 32);
        return ((even >> 32) | (odd & ~low)).AsUInt32();
    }
}
