using System.Numerics;

namespace NativeEngine.Cpu.Simd;

/// <summary>
/// A register of floats of some width. A kernel is written once over this interface; the JIT makes it code for 16, 8, 4 or 1
/// lanes. Comparisons give masks: all bits set where true.
/// </summary>
internal unsafe interface ILanes<TSelf> :
    IAdditionOperators<TSelf, TSelf, TSelf>, ISubtractionOperators<TSelf, TSelf, TSelf>, IMultiplyOperators<TSelf, TSelf, TSelf>,
    IDivisionOperators<TSelf, TSelf, TSelf>, IBitwiseOperators<TSelf, TSelf, TSelf>, IUnaryNegationOperators<TSelf, TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Number of lanes.</summary>
    static abstract int Width { get; }

    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Reads <see cref="Width"/> floats; no alignment needed.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes <see cref="Width"/> floats; no alignment needed.</summary>
    static abstract void Store(TSelf x, float* target);

    /// <summary>a·b + c, rounded once where the hardware can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger; NaN if either is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller; NaN if either is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>x, raised to <paramref name="bound"/> where it is less; NaN stays NaN. A single instruction, unlike <see cref="Max"/>, since the bound is a
    /// number.</summary>
    static abstract TSelf AtLeast(TSelf x, TSelf bound);

    /// <summary>x, lowered to <paramref name="bound"/>, a number, where it is more; NaN stays NaN.</summary>
    static abstract TSelf AtMost(TSelf x, TSelf bound);

    /// <summary>√x.</summary>
    static abstract TSelf Sqrt(TSelf x);

    /// <summary>|x|.</summary>
    static abstract TSelf Abs(TSelf x);

    /// <summary>ln x.</summary>
    static abstract TSelf Log(TSelf x);

    /// <summary>The nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf x);

    /// <summary>2^x for an integer x in -126 … 127.</summary>
    static abstract TSelf PowerOfTwo(TSelf x);

    /// <summary>x·2^n for an integer n in -252 … 254, rounded once: results may overflow or be denormal.</summary>
    static abstract TSelf Scale(TSelf x, TSelf n);

    /// <summary>a &gt; b.</summary>
    static abstract TSelf Greater(TSelf a, TSelf b);

    /// <summary>a &gt;= b.</summary>
    static abstract TSelf GreaterOrEqual(TSelf a, TSelf b);

    /// <summary>a == b.</summary>
    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>a where the mask is set, else b.</summary>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);

    /// <summary>
    /// Numbers for <see cref="Permute"/> that spread lane <paramref name="lane"/> of each group of <paramref name="group"/> lanes, a power of 2, over its
    /// group.
    /// </summary>
    static abstract TSelf GroupLanes(int group, int lane);

    /// <summary>Lane i takes the lane of x whose number is in lane i of <paramref name="numbers"/>, integers as bits.</summary>
    static abstract TSelf Permute(TSelf x, TSelf numbers);

    /// <summary>Sum of the lanes, by halves: always the same order for one width.</summary>
    static abstract float Sum(TSelf x);

    /// <summary>Largest lane; NaN if one is NaN.</summary>
    static abstract float MaxAcross(TSelf x);
}
