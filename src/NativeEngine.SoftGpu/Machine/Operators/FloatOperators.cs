using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>The bit patterns of float and double lanes.</summary>
internal static unsafe class FloatBits
{
    /// <summary>All bits but the sign; also the NaN that arithmetic gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Magnitude<T>() where T : unmanaged =>
        sizeof(T) == 8 ? Vector512.Create(Float64.CanonicalNaN).As<ulong, T>() : Vector512.Create(Float32.CanonicalNaN).As<uint, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exponent<T>() where T : unmanaged =>
        sizeof(T) == 8 ? Vector512.Create(0x7FF0_0000_0000_0000ul).As<ulong, T>() : Vector512.Create(0x7F80_0000u).As<uint, T>();
}

/// <summary>Every arithmetic NaN result is the canonical one, as on the GPU, whatever the payload the host's instruction made.</summary>
internal struct Canonical : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a)
        where T : unmanaged => Vector512.ConditionalSelect(Vector512.Equals(a, a), a, FloatBits.Magnitude<T>());
}

/// <summary><c>.ftz</c>: subnormal numbers become zeros of the same sign.</summary>
internal struct Flush : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged
    {
        var tiny = Vector512.Equals(a & FloatBits.Exponent<T>(), Vector512<T>.Zero);
        return Vector512.ConditionalSelect(tiny, Vector512.AndNot(a, FloatBits.Magnitude<T>()), a);
    }
}

/// <summary><c>.sat</c>: clamps to [0, 1]; NaN becomes 0.</summary>
internal struct Saturate : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged
    {
        var above = Vector512.GreaterThan(a, Vector512<T>.Zero);
        return Vector512.ConditionalSelect(above, Vector512.MinNative(a, Vector512<T>.One), Vector512<T>.Zero);
    }
}

/// <summary>The magnitude of b with the sign of a.</summary>
internal struct CopySign : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged =>
        Vector512.ConditionalSelect(FloatBits.Magnitude<T>(), b, a);
}

/// <summary>a * b + c of floats, rounded once.</summary>
internal struct FusedMultiplyAdd : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged => typeof(T) == typeof(double)
        ? Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
}

/// <summary>A binary operator over three sources.</summary>
internal struct Fold<T> : ITernary where T : struct, IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TLane> Invoke<TLane>(Vector512<TLane> a, Vector512<TLane> b, Vector512<TLane> c) where TLane : unmanaged =>
        T.Invoke(T.Invoke(a, b), c);
}

/// <summary>c, a magnitude, with the sign of the product of a and b; NaN stays as it is.</summary>
internal struct ProductOfSigns : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged =>
        Vector512.ConditionalSelect(Vector512.Equals(c, c), c | ((a ^ b) & ~FloatBits.Magnitude<T>()), c);
}
