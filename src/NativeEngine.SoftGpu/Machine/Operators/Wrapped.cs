using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// Modifiers and narrow types are functions around an operator: one of each source in front of it, one of its result behind it.

/// <summary>behind(operator(front(a))).</summary>
internal struct WrappedUnary<TFront, TOperator, TBehind> : IUnary
    where TFront : struct, IUnary
    where TOperator : struct, IUnary
    where TBehind : struct, IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => TBehind.Invoke(TOperator.Invoke(TFront.Invoke(a)));
}

/// <summary>behind(operator(front(a), front(b))).</summary>
internal struct WrappedBinary<TFront, TOperator, TBehind> : IBinary
    where TFront : struct, IUnary
    where TOperator : struct, IBinary
    where TBehind : struct, IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged =>
        TBehind.Invoke(TOperator.Invoke(TFront.Invoke(a), TFront.Invoke(b)));
}

/// <summary>behind(operator(front(a), front(b), front(c))).</summary>
internal struct WrappedTernary<TFront, TOperator, TBehind> : ITernary
    where TFront : struct, IUnary
    where TOperator : struct, ITernary
    where TBehind : struct, IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged =>
        TBehind.Invoke(TOperator.Invoke(TFront.Invoke(a), TFront.Invoke(b), TFront.Invoke(c)));
}
