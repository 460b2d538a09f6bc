using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal struct Add32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => a + b;
}

internal struct Sub32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => a - b;
}

/// <summary>Low half of the product.</summary>
internal struct Mul32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => a * b;
}

internal struct MinU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.Min(a, b);
}

internal struct MaxU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.Max(a, b);
}

internal struct MinS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.Min(a.AsInt32(), b.AsInt32()).AsUInt32();
}

internal struct MaxS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.Max(a.AsInt32(), b.AsInt32()).AsUInt32();
}

internal struct And32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => a & b;
}

internal struct Or32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => a | b;
}

internal struct Xor32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => a ^ b;
}

/// <summary>Amounts of 32 and more give 0.</summary>
internal struct Shl32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Shifts.Left(a, b);
}

/// <summary>Amounts of 32 and more give 0.</summary>
internal struct ShrU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Shifts.Right(a, b);
}

/// <summary>Amounts of 32 and more give the sign.</summary>
internal struct ShrS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Shifts.RightArithmetic(a, b);
}

/// <summary>a * b + c, low half.</summary>
internal struct Mad32 : ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => (a * b) + c;
}

internal struct Mov32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => a;
}

internal struct Not32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => ~a;
}

internal struct NegS32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Vector512<uint>.Zero - a;
}

/// <summary>The smallest integer stays as it is.</summary>
internal struct AbsS32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Vector512.Abs(a.AsInt32()).AsUInt32();
}

/// <summary>1 where a is 0, else 0.</summary>
internal struct CNot32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Vector512.Equals(a, Vector512<uint>.Zero) & Vector512.Create(1u);
}

internal struct Eq32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.Equals(a, b);
}

internal struct Ne32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => ~Vector512.Equals(a, b);
}

internal struct LtU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThan(a, b);
}

internal struct LtS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThan(a.AsInt32(), b.AsInt32()).AsUInt32();
}

internal struct LeU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThanOrEqual(a, b);
}

internal struct LeS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThanOrEqual(a.AsInt32(), b.AsInt32()).AsUInt32();
}

internal struct GtU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.GreaterThan(a, b);
}

internal struct GtS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.GreaterThan(a.AsInt32(), b.AsInt32()).AsUInt32();
}

internal struct GeU32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.GreaterThanOrEqual(a, b);
}

internal struct GeS32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.GreaterThanOrEqual(a.AsInt32(), b.AsInt32()).AsUInt32();
}
