using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal static class Float32Order
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> BothNumbers(Vector512<uint> a, Vector512<uint> b) =>
        Vector512.Equals(a.AsSingle(), a.AsSingle()).AsUInt32() & Vector512.Equals(b.AsSingle(), b.AsSingle()).AsUInt32();
}

internal struct LtF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThan(a.AsSingle(), b.AsSingle()).AsUInt32();
}

internal struct LeF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThanOrEqual(a.AsSingle(), b.AsSingle()).AsUInt32();
}

internal struct GtF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.GreaterThan(a.AsSingle(), b.AsSingle()).AsUInt32();
}

internal struct GeF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.GreaterThanOrEqual(a.AsSingle(), b.AsSingle()).AsUInt32();
}

internal struct EqF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Vector512.Equals(a.AsSingle(), b.AsSingle()).AsUInt32();
}

/// <summary>Ordered and different.</summary>
internal struct NeF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) =>
        ~Vector512.Equals(a.AsSingle(), b.AsSingle()).AsUInt32() & Float32Order.BothNumbers(a, b);
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct LtuF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) =>
        ~Vector512.GreaterThanOrEqual(a.AsSingle(), b.AsSingle()).AsUInt32();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct LeuF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => ~Vector512.GreaterThan(a.AsSingle(), b.AsSingle()).AsUInt32();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct GtuF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => ~Vector512.LessThanOrEqual(a.AsSingle(), b.AsSingle()).AsUInt32();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct GeuF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => ~Vector512.LessThan(a.AsSingle(), b.AsSingle()).AsUInt32();
}

/// <summary>True for NaN too: not the opposite.</summary>
internal struct NeuF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => ~Vector512.Equals(a.AsSingle(), b.AsSingle()).AsUInt32();
}

/// <summary>Equal, or one is NaN.</summary>
internal struct EquF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) =>
        Vector512.Equals(a.AsSingle(), b.AsSingle()).AsUInt32() | ~Float32Order.BothNumbers(a, b);
}

/// <summary>Neither is NaN.</summary>
internal struct NumF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32Order.BothNumbers(a, b);
}

/// <summary>One is NaN.</summary>
internal struct NanF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => ~Float32Order.BothNumbers(a, b);
}
