using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// 16-bit registers live zero-extended in 32-bit lanes, int for signed types and uint for the others. The operators are those of 32 bits between
// Extend16 of the sources and Cut16 of the result.

/// <summary>Extends the low 16 bits by the lane type's own right shift: with their sign in int lanes, with zeros in uint lanes.</summary>
internal struct Extend16 : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => a << 16 >> 16;
}

/// <summary>The low 16 bits, zero-extended.</summary>
internal struct Cut16 : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => a << 16 >>> 16;
}

/// <summary>A right shift: only the value is extended, the amount is a 32-bit number.</summary>
internal struct ShiftRight16 : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Cut16.Invoke(ShiftRight.Invoke(Extend16.Invoke(a), b));
}

/// <summary>Product of 16-bit integers in 32 bits.</summary>
internal struct MultiplyWide16 : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => Extend16.Invoke(a) * Extend16.Invoke(b);
}

/// <summary>Product of 16-bit integers plus a 32-bit number.</summary>
internal struct MultiplyAddWide16 : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged => MultiplyWide16.Invoke(a, b) + c;
}

/// <summary>High half of the product of 16-bit integers.</summary>
internal struct MultiplyHigh16 : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged => MultiplyWide16.Invoke(a, b) >>> 16;
}

internal struct MultiplyAddHigh16 : ITernary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged => Cut16.Invoke(MultiplyHigh16.Invoke(a, b) + c);
}

/// <summary>High half of 32-bit unsigned products (uint lanes): even and odd lanes are multiplied in 64 bits.</summary>
internal struct MultiplyHigh32 : IBinary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged
    {
        var low = Vector512.Create(0xFFFF_FFFFul);
        Vector512<ulong> x = a.AsUInt64(), y = b.AsUInt64();
        var even = (x & low) * (y & low);
        var odd = (x >> 32) * (y >> 32);
        return ((even >> 32) | (odd & ~low)).As<ulong, T>();
    }
}
