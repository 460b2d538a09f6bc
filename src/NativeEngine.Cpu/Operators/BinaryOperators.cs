using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>One <see cref="BinaryOp"/>: its value and the gradients of both operands.</summary>
internal interface IBinaryOperator
{
    /// <summary>op(a, b).</summary>
    static abstract V Value<V>(V a, V b) where V : struct, ILanes<V>;

    /// <summary>dy · ∂op/∂a.</summary>
    static abstract V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V>;

    /// <summary>dy · ∂op/∂b.</summary>
    static abstract V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V>;
}

/// <summary>The value of a binary operator.</summary>
internal readonly struct ValueOfBoth<TOp> : IZip where TOp : struct, IBinaryOperator
{
    public static bool ReadsThird => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c) where V : struct, ILanes<V> => TOp.Value(a, b);
}

/// <summary>The gradient of the left operand from (a, b, dy).</summary>
internal readonly struct LeftGradientOf<TOp> : IZip where TOp : struct, IBinaryOperator
{
    public static bool ReadsThird => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c) where V : struct, ILanes<V> => TOp.GradientLeft(a, b, c);
}

/// <summary>The gradient of the right operand from (a, b, dy).</summary>
internal readonly struct RightGradientOf<TOp> : IZip where TOp : struct, IBinaryOperator
{
    public static bool ReadsThird => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c) where V : struct, ILanes<V> => TOp.GradientRight(a, b, c);
}

/// <summary>a + b.</summary>
internal readonly struct AddOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V a, V b) where V : struct, ILanes<V> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V> => dy;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V> => dy;
}

/// <summary>a - b.</summary>
internal readonly struct SubOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V a, V b) where V : struct, ILanes<V> => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V> => dy;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V> => -dy;
}

/// <summary>a · b.</summary>
internal readonly struct MulOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V a, V b) where V : struct, ILanes<V> => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V> => dy * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V> => dy * a;
}

/// <summary>a / b.</summary>
internal readonly struct DivOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V a, V b) where V : struct, ILanes<V> => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V> => dy / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V> => -(dy * (a / b) / b);
}

/// <summary>max(a, b); a tie belongs to a.</summary>
internal readonly struct MaxOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V a, V b) where V : struct, ILanes<V> => V.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V> => V.Select(V.GreaterOrEqual(a, b), dy, V.Create(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V> => V.Select(V.GreaterOrEqual(a, b), V.Create(0f), dy);
}

/// <summary>min(a, b); a tie belongs to a.</summary>
internal readonly struct MinOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V a, V b) where V : struct, ILanes<V> => V.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientLeft<V>(V a, V b, V dy) where V : struct, ILanes<V> => V.Select(V.GreaterOrEqual(b, a), dy, V.Create(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GradientRight<V>(V a, V b, V dy) where V : struct, ILanes<V> => V.Select(V.GreaterOrEqual(b, a), V.Create(0f), dy);
}
