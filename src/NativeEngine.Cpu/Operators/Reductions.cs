using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>How elements combine into one.</summary>
internal interface IReduction
{
    /// <summary>The result over nothing.</summary>
    static abstract float Identity { get; }

    /// <summary>Combines lane by lane.</summary>
    static abstract V Combine<V>(V a, V b) where V : struct, ILanes<V>;

    /// <summary>Combines two results in double.</summary>
    static abstract double Combine(double a, double b);

    /// <summary>Combines the lanes of one vector.</summary>
    static abstract float Across<V>(V x) where V : struct, ILanes<V>;
}

/// <summary>Sum; 0 over nothing.</summary>
internal readonly struct SumReduction : IReduction
{
    public static float Identity => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<V>(V a, V b) where V : struct, ILanes<V> => a + b;

    public static double Combine(double a, double b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Across<V>(V x) where V : struct, ILanes<V> => V.Sum(x);
}

/// <summary>Largest, NaN above all; -infinity over nothing.</summary>
internal readonly struct MaxReduction : IReduction
{
    public static float Identity => float.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Combine<V>(V a, V b) where V : struct, ILanes<V> => V.Max(a, b);

    public static double Combine(double a, double b) => Math.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Across<V>(V x) where V : struct, ILanes<V> => V.MaxAcross(x);
}
