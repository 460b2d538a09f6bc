using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Simd;

/// <summary>y = f(a, b, c) where the sources may repeat or be strided.</summary>
internal interface IZip
{
    /// <summary>Whether c is read.</summary>
    static abstract bool ReadsThird { get; }

    /// <summary>f(a, b, c).</summary>
    static abstract V Apply<V>(V a, V b, V c) where V : struct, ILanes<V>;
}

/// <summary>
/// The loop of every broadcasting operator. The target and c are dense in the nest's order; a and b step by 1, by 0 (one value
/// for the whole row) or by any stride along the innermost loop.
/// </summary>
internal readonly unsafe struct ZipLoop<TZip, TStore>(Partition parts, LoopNest nest, float* a, float* b, float* c, float* y) : ILaneBody
    where TZip : struct, IZip
    where TStore : struct, IGradStore
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        long inner = nest.Inner, strideA = nest.Stride(1, nest.Depth - 1), strideB = nest.Stride(2, nest.Depth - 1);
        long at = parts.Start(chunk), end = parts.End(chunk);
        while (at < end)
        {
            long row = at / inner, skip = at - row * inner;
            nint count = (nint)Math.Min(inner - skip, end - at);
            float* left = a + nest.Offset(1, row) + skip * strideA, right = b + nest.Offset(2, row) + skip * strideB;
            if (strideA == 1 && strideB == 1)
                Row<V, Step, Step>(left, right, c + at, y + at, count, 1, 1);
            else if (strideA == 1 && strideB == 0)
                Row<V, Step, Stay>(left, right, c + at, y + at, count, 1, 0);
            else if (strideA == 0 && strideB == 1)
                Row<V, Stay, Step>(left, right, c + at, y + at, count, 0, 1);
            else
                Row<Lanes1, Jump, Jump>(left, right, c + at, y + at, count, (nint)strideA, (nint)strideB);
            at += count;
        }
    }

    private static void Row<V, TA, TB>(float* a, float* b, float* c, float* y, nint count, nint strideA, nint strideB)
        where V : struct, ILanes<V>
        where TA : struct, IWalk
        where TB : struct, IWalk
    {
        nint i = 0;
        V fixedA = TA.Repeats ? V.Create(*a) : default, fixedB = TB.Repeats ? V.Create(*b) : default;
        for (; i <= count - V.Width; i += V.Width)
        {
            V value = TZip.Apply(
                TA.Repeats ? fixedA : V.Load(a + TA.At(i, strideA)),
                TB.Repeats ? fixedB : V.Load(b + TB.At(i, strideB)),
                TZip.ReadsThird ? V.Load(c + i) : default);
            V.Store(TStore.Accumulates ? V.Load(y + i) + value : value, y + i);
        }

        if (i < count)
        {
            nint rest = count - i;
            V value = TZip.Apply(
                TA.Repeats ? fixedA : LaneTail.Load<V>(a + i, rest),
                TB.Repeats ? fixedB : LaneTail.Load<V>(b + i, rest),
                TZip.ReadsThird ? LaneTail.Load<V>(c + i, rest) : default);
            LaneTail.Store(TStore.Accumulates ? LaneTail.Load<V>(y + i, rest) + value : value, y + i, rest);
        }
    }
}

/// <summary>How an operand moves along a row, as a type.</summary>
internal interface IWalk
{
    /// <summary>True when one value serves the whole row.</summary>
    static abstract bool Repeats { get; }

    /// <summary>Element offset of position i.</summary>
    static abstract nint At(nint i, nint stride);
}

/// <summary>Neighbouring elements.</summary>
internal readonly struct Step : IWalk
{
    public static bool Repeats => false;

    public static nint At(nint i, nint stride) => i;
}

/// <summary>The same element.</summary>
internal readonly struct Stay : IWalk
{
    public static bool Repeats => true;

    public static nint At(nint i, nint stride) => 0;
}

/// <summary>Every stride-th element; one lane at a time.</summary>
internal readonly struct Jump : IWalk
{
    public static bool Repeats => false;

    public static nint At(nint i, nint stride) => i * stride;
}
