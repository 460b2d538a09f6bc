using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>One <see cref="UnaryOp"/>: its value and its derivative times dy. p and q are the op's arguments a and b.</summary>
internal interface IUnaryOperator
{
    /// <summary>op(x).</summary>
    static abstract V Value<V>(V x, V p, V q) where V : struct, ILanes<V>;

    /// <summary>dy · op', from what <see cref="UnaryOps.Saves"/> keeps.</summary>
    static abstract V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V>;
}

/// <summary>The value of an operator as a map.</summary>
internal readonly struct ValueOf<TOp> : IMap1 where TOp : struct, IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V x, V p, V q) where V : struct, ILanes<V> => TOp.Value(x, p, q);
}

/// <summary>The gradient of an operator as a map of (saved, dy).</summary>
internal readonly struct GradientOf<TOp> : IMap2 where TOp : struct, IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => TOp.Gradient(saved, dy, p, q);
}

/// <summary>-x.</summary>
internal readonly struct NegOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => -dy;
}

/// <summary>max(x, 0); keeps y.</summary>
internal readonly struct ReluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Max(x, V.Create(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => V.Select(V.Greater(saved, V.Create(0f)), dy, V.Create(0f));
}

/// <summary>x &gt; 0 ? x : p·x; keeps x.</summary>
internal readonly struct LeakyReluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Select(V.Greater(x, V.Create(0f)), x, p * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => V.Select(V.Greater(saved, V.Create(0f)), dy, p * dy);
}

/// <summary>1 / (1 + e^-x); keeps y.</summary>
internal readonly struct SigmoidOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => LaneMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => dy * saved * (V.Create(1f) - saved);
}

/// <summary>tanh x; keeps y.</summary>
internal readonly struct TanhOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => LaneMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => dy * (V.Create(1f) - saved * saved);
}

/// <summary>x·σ(x); keeps x.</summary>
internal readonly struct SiluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => x * LaneMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V>
    {
        V s = LaneMath.Sigmoid(saved);
        return dy * s * V.MultiplyAdd(saved, V.Create(1f) - s, V.Create(1f));
    }
}

/// <summary>x·Φ(x); keeps x.</summary>
internal readonly struct GeluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => x * LaneMath.NormalCdf(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V>
    {
        V density = LaneMath.Exp(saved * saved * V.Create(-0.5f)) * V.Create(0.39894228040143268f); // φ = e^(-x²/2) / √(2π)
        return dy * V.MultiplyAdd(saved, density, LaneMath.NormalCdf(saved));
    }
}

/// <summary>e^x; keeps y.</summary>
internal readonly struct ExpOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => LaneMath.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => dy * saved;
}

/// <summary>ln x; keeps x.</summary>
internal readonly struct LogOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => dy / saved;
}

/// <summary>√x; keeps y, derivative 0 at 0.</summary>
internal readonly struct SqrtOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q)
        where V : struct, ILanes<V> => V.Select(V.Equal(saved, V.Create(0f)), V.Create(0f), dy / (saved + saved));
}

/// <summary>x^p; keeps x. Lane by lane: the C library's power has no short vector form of the same accuracy.</summary>
internal readonly struct PowOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => LaneMath.Pow(x, p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> =>
        V.Select(V.Equal(p, V.Create(0f)), V.Create(0f), dy * p * LaneMath.Pow(saved, p - V.Create(1f)));
}

/// <summary>x²; keeps x.</summary>
internal readonly struct SquareOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => dy * (saved + saved);
}

/// <summary>|x|; keeps x.</summary>
internal readonly struct AbsOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V>
    {
        V zero = V.Create(0f), sign = V.Create(-0f); // dy takes the sign of x
        return V.Select(V.Equal(saved, zero), zero, dy ^ (saved & sign));
    }
}

/// <summary>min(max(x, p), q); keeps x.</summary>
internal readonly struct ClampOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Min(V.Max(x, p), q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q)
        where V : struct, ILanes<V> => V.Select(V.GreaterOrEqual(saved, p) & V.GreaterOrEqual(q, saved), dy, V.Create(0f));
}

/// <summary>p·x + q.</summary>
internal readonly struct AffineOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.MultiplyAdd(p, x, q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V> => p * dy;
}

/// <summary>x·clamp(x + 3, 0, 6)/6; keeps x.</summary>
internal readonly struct HardSwishOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => x * V.Min(V.Max(x + V.Create(3f), V.Create(0f)), V.Create(6f)) * V.Create(1f / 6);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q) where V : struct, ILanes<V>
    {
        V inner = dy * V.MultiplyAdd(saved, V.Create(1f / 3), V.Create(0.5f));
        return V.Select(V.GreaterOrEqual(saved, V.Create(3f)), dy, V.Select(V.GreaterOrEqual(V.Create(-3f), saved), V.Create(0f), inner));
    }
}

/// <summary>clamp(x + 3, 0, 6)/6; keeps x.</summary>
internal readonly struct HardSigmoidOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x, V p, V q) where V : struct, ILanes<V> => V.Min(V.Max(x + V.Create(3f), V.Create(0f)), V.Create(6f)) * V.Create(1f / 6);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<V>(V saved, V dy, V p, V q)
        where V : struct, ILanes<V> => V.Select(V.Greater(saved, V.Create(-3f)) & V.Greater(V.Create(3f), saved), dy * V.Create(1f / 6), V.Create(0f));
}
