using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// A comparison gives all ones or all zeros per lane. Those below are false when a float is NaN; the unordered ones of PTX (ltu, neu ...) are the opposites
// of their complements.

internal struct Equal : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.Equals(a, b);
}

internal struct Less : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.LessThan(a, b);
}

internal struct LessOrEqual : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.LessThanOrEqual(a, b);
}

internal struct Greater : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.GreaterThan(a, b);
}

internal struct GreaterOrEqual : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.GreaterThanOrEqual(a, b);
}

/// <summary>Ordered and different.</summary>
internal struct Different : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.LessThan(a, b) | Vector512.GreaterThan(a, b);
}

/// <summary>Neither is NaN.</summary>
internal struct BothNumbers : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.Equals(a, a) & Vector512.Equals(b, b);
}

/// <summary>The opposite of a comparison.</summary>
internal struct Not<TComparison> : IBinary where TComparison : struct, IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => ~TComparison.Invoke(a, b);
}
