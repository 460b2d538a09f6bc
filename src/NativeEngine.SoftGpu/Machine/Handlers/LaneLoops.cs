using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static NativeEngine.SoftGpu.Lanes;

namespace NativeEngine.SoftGpu;

/// <summary>Loops of the vector operators over a warp: two vectors of 32-bit lanes or four of 64-bit ones. The compiler unrolls them.</summary>
internal static unsafe class LaneLoops
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<TOperator, T>(Op* o, Warp w, byte* r, uint mask) where TOperator : struct, IUnary where T : unmanaged
    {
        byte* a = r + o->A, d = r + o->D;
        for (int part = 0; part < Parts<T>(); part++)
            Store(d, part, TOperator.Invoke(Load<T>(a, part)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<TOperator, T>(Op* o, Warp w, byte* r, uint mask) where TOperator : struct, IBinary where T : unmanaged
    {
        byte* a = r + o->A, b = r + o->B, d = r + o->D;
        for (int part = 0; part < Parts<T>(); part++)
            Store(d, part, TOperator.Invoke(Load<T>(a, part), Load<T>(b, part)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary<TOperator, T>(Op* o, Warp w, byte* r, uint mask) where TOperator : struct, ITernary where T : unmanaged
    {
        byte* a = r + o->A, b = r + o->B, c = r + o->C, d = r + o->D;
        for (int part = 0; part < Parts<T>(); part++)
            Store(d, part, TOperator.Invoke(Load<T>(a, part), Load<T>(b, part), Load<T>(c, part)), mask);
    }

    /// <summary>A function between lane types of the same width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Convert<TFunction, TFrom, TTo>(Op* o, Warp w, byte* r, uint mask)
        where TFunction : struct, IFunction<TFrom, TTo>
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        byte* a = r + o->A, d = r + o->D;
        for (int part = 0; part < Parts<TFrom>(); part++)
            Store(d, part, TFunction.Invoke(Load<TFrom>(a, part)), mask);
    }

    /// <summary>A 64-bit operator whose second source has 32-bit lanes: shifts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Shift<TOperator, T>(Op* o, Warp w, byte* r, uint mask) where TOperator : struct, IBinary where T : unmanaged
    {
        byte* a = r + o->A, b = r + o->B, d = r + o->D;
        for (int part = 0; part < Parts<T>(); part++)
            Store(d, part, TOperator.Invoke(Load<T>(a, part), LaneWidths.Widen(b, part, false).As<ulong, T>()), mask);
    }

    /// <summary>Comparison into a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compare<TComparison, T>(Op* o, Warp w, byte* r, uint mask) where TComparison : struct, IBinary where T : unmanaged
    {
        byte* a = r + o->A, b = r + o->B;
        uint result = 0;
        for (int part = 0; part < Parts<T>(); part++)
            result |= (uint)TComparison.Invoke(Load<T>(a, part), Load<T>(b, part)).ExtractMostSignificantBits() << (part * Vector512<T>.Count);
        StorePredicate(r + o->D, result, mask);
    }

    /// <summary>d = c ? a : b, with a predicate c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select<T>(Op* o, Warp w, byte* r, uint mask) where T : unmanaged
    {
        uint choice = *(uint*)(r + o->C);
        byte* a = r + o->A, b = r + o->B, d = r + o->D;
        for (int part = 0; part < Parts<T>(); part++)
            Store(d, part, Vector512.ConditionalSelect(Spread<T>(choice, part), Load<T>(a, part), Load<T>(b, part)), mask);
    }
}
