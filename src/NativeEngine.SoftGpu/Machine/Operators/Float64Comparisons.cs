using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal static class Float64Order
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> BothNumbers(Vector512<ulong> a, Vector512<ulong> b) =>
        Vector512.Equals(a.AsDouble(), a.AsDouble()).AsUInt64() & Vector512.Equals(b.AsDouble(), b.AsDouble()).AsUInt64();
}

internal struct LtF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal struct LeF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThanOrEqual(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal struct GtF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.GreaterThan(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal struct GeF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        Vector512.GreaterThanOrEqual(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal struct EqF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Equals(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>Ordered and different.</summary>
internal struct NeF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        ~Vector512.Equals(a.AsDouble(), b.AsDouble()).AsUInt64() & Float64Order.BothNumbers(a, b);
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct LtuF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        ~Vector512.GreaterThanOrEqual(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct LeuF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => ~Vector512.GreaterThan(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct GtuF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        ~Vector512.LessThanOrEqual(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct GeuF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => ~Vector512.LessThan(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct NeuF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => ~Vector512.Equals(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>Equal, or one is NaN.</summary>
internal struct EquF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        Vector512.Equals(a.AsDouble(), b.AsDouble()).AsUInt64() | ~Float64Order.BothNumbers(a, b);
}

/// <summary>Neither is NaN.</summary>
internal struct NumF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Float64Order.BothNumbers(a, b);
}

/// <summary>One is NaN.</summary>
internal struct NanF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => ~Float64Order.BothNumbers(a, b);
}
