using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal static class Float64
{
    public const ulong CanonicalNaN = 0x7FFF_FFFF_FFFF_FFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Canonical(Vector512<double> x) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, x).AsUInt64(), x.AsUInt64(), Vector512.Create(CanonicalNaN));

    public static ulong ToBits(double value) => double.IsNaN(value) ? CanonicalNaN : BitConverter.DoubleToUInt64Bits(value);
}

internal struct AddF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Float64.Canonical(a.AsDouble() + b.AsDouble());
}

internal struct SubF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Float64.Canonical(a.AsDouble() - b.AsDouble());
}

internal struct MulF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Float64.Canonical(a.AsDouble() * b.AsDouble());
}

internal struct DivF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) => Float64.Canonical(a.AsDouble() / b.AsDouble());
}

/// <summary>The number wins over NaN, and -0 is less than +0.</summary>
internal struct MinF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        Float64.Canonical(Vector512.MinNumber(a.AsDouble(), b.AsDouble()));
}

/// <summary>The number wins over NaN, and -0 is less than +0.</summary>
internal struct MaxF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        Float64.Canonical(Vector512.MaxNumber(a.AsDouble(), b.AsDouble()));
}

/// <summary>The magnitude of b with the sign of a.</summary>
internal struct CopySignF64 : IBinary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b) =>
        (a & Vector512.Create(1ul << 63)) | (b & Vector512.Create(~(1ul << 63)));
}

internal struct FmaF64 : ITernary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) =>
        Float64.Canonical(Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()));
}

internal struct SqrtF64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => Float64.Canonical(Vector512.Sqrt(a.AsDouble()));
}

internal struct RcpF64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => Float64.Canonical(Vector512<double>.One / a.AsDouble());
}

internal struct AbsF64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => a & Vector512.Create(~(1ul << 63));
}

internal struct NegF64 : IUnary64
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Invoke(Vector512<ulong> a) => a ^ Vector512.Create(1ul << 63);
}
