using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal struct Add64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => a + b;
}

internal struct Sub64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => a - b;
}

/// <summary>Low half of the product.</summary>
internal struct Mul64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => a * b;
}

internal struct MinU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Min(a, b);
}

internal struct MaxU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Max(a, b);
}

internal struct MinS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Min(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal struct MaxS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Max(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal struct And64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => a & b;
}

internal struct Or64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => a | b;
}

internal struct Xor64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => a ^ b;
}

/// <summary>Amounts of 64 and more give 0.</summary>
internal struct Shl64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Shifts.Left(a, b);
}

/// <summary>Amounts of 64 and more give 0.</summary>
internal struct ShrU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Shifts.Right(a, b);
}

/// <summary>Amounts of 64 and more give the sign.</summary>
internal struct ShrS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Shifts.RightArithmetic(a, b);
}

/// <summary>a * b + c, low half.</summary>
internal struct Mad64 : ITernary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => (a * b) + c;
}

internal struct Mov64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => a;
}

internal struct Not64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => ~a;
}

internal struct NegS64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => Vector512<ulong>.Zero - a;
}

/// <summary>The smallest integer stays as it is.</summary>
internal struct AbsS64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => Vector512.Abs(a.AsInt64()).AsUInt64();
}

/// <summary>1 where a is 0, else 0.</summary>
internal struct CNot64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => Vector512.Equals(a, Vector512<ulong>.Zero) & Vector512.Create(1ul);
}

internal struct Eq64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Equals(a, b);
}

internal struct Ne64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => ~Vector512.Equals(a, b);
}

internal struct LtU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a, b);
}

internal struct LtS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal struct LeU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThanOrEqual(a, b);
}

internal struct LeS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThanOrEqual(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal struct GtU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.GreaterThan(a, b);
}

internal struct GtS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.GreaterThan(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal struct GeU64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.GreaterThanOrEqual(a, b);
}

internal struct GeS64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        Vector512.GreaterThanOrEqual(a.AsInt64(), b.AsInt64()).AsUInt64();
}
