using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal struct Move : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => a;
}

internal struct Add : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => a + b;
}

internal struct Subtract : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => a - b;
}

/// <summary>The product; of integers its low half.</summary>
internal struct Multiply : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => a * b;
}

internal struct Divide : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => a / b;
}

/// <summary>Of floats: NaN wins (<c>min.NaN</c>).</summary>
internal struct Minimum : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.Min(a, b);
}

/// <summary>Of floats: NaN wins (<c>max.NaN</c>).</summary>
internal struct Maximum : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.Max(a, b);
}

/// <summary>The number wins over NaN, and -0 is less than +0.</summary>
internal struct MinimumNumber : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.MinNumber(a, b);
}

/// <summary>The number wins over NaN, and -0 is less than +0.</summary>
internal struct MaximumNumber : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Vector512.MaxNumber(a, b);
}

/// <summary>a * b + c of integers, low half.</summary>
internal struct MultiplyAdd : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged => (a * b) + c;
}

/// <summary>Floats only change their sign bit, NaN too.</summary>
internal struct Negate : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => -a;
}

/// <summary>The smallest integer stays as it is; floats only lose their sign bit, NaN too.</summary>
internal struct Absolute : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => Vector512.Abs(a);
}

internal struct SquareRoot : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => Vector512.Sqrt(a);
}

internal struct Reciprocal : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => Vector512<T>.One / a;
}
