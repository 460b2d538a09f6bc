using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>Loops over the row of a loss.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Vectors summed in single precision before the sum moves on to double.</summary>
    private const int Block = 64;

    /// <summary>
    /// Σ e^(x - max), and Σ of its squares where <typeparamref name="TLoss"/> takes them; writes the terms to <paramref name="terms"/> unless null.
    /// </summary>
    public static (double Sum, double Squares) ExpSums<V, TLoss>(float* x, float* terms, int n, float max)
        where V : struct, ILanes<V>
        where TLoss : struct, IClassLoss
    {
        V shift = V.Create(max);
        double total = 0, totalSquares = 0;
        int i = 0, width = V.Width;
        while (i <= n - width)
        {
            V sum = V.Create(0f), squares = V.Create(0f);
            for (int block = 0; block < Block && i <= n - width; block++, i += width)
            {
                V e = LaneMath.Exp(V.Load(x + i) - shift);
                sum += e;
                if (TLoss.TakesSquares)
                    squares = V.MultiplyAdd(e, e, squares);
                if (terms != null)
                    V.Store(e, terms + i);
            }

            total += V.Sum(sum);
            if (TLoss.TakesSquares)
                totalSquares += V.Sum(squares);
        }

        if (i < n)
        {
            V e = LaneMath.Exp(LaneTail.Load<V>(x + i, n - i, float.NegativeInfinity) - shift);
            total += V.Sum(e); // lanes outside the row hold e^-∞ = 0
            if (TLoss.TakesSquares)
                totalSquares += V.Sum(e * e);
            if (terms != null)
                LaneTail.Store(e, terms + i, n - i);
        }

        return (total, totalSquares);
    }

    /// <summary>Σ (weight[k] or 1)·(x[k] - max).</summary>
    public static double WeightedSum<V>(float* x, int n, float max, float* weight) where V : struct, ILanes<V>
    {
        V shift = V.Create(max), one = V.Create(1f);
        double total = 0;
        int i = 0, width = V.Width;
        while (i <= n - width)
        {
            V sum = V.Create(0f);
            for (int block = 0; block < Block && i <= n - width; block++, i += width)
                sum = V.MultiplyAdd(weight == null ? one : V.Load(weight + i), V.Load(x + i) - shift, sum);
            total += V.Sum(sum);
        }

        if (i < n)
            // lanes outside the row hold 0
            total += V.Sum((weight == null ? one : LaneTail.Load<V>(weight + i, n - i)) * (LaneTail.Load<V>(x + i, n - i, max) - shift));
        return total;
    }

    /// <summary>y[k] = y[k]·(factor + square·y[k]) + summand·(weight[k] or 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale<V>(float* y, int n, float factor, float square, float* weight, float summand) where V : struct, ILanes<V>
    {
        V f = V.Create(factor), q = V.Create(square), a = V.Create(summand), one = V.Create(1f);
        int i = 0, width = V.Width;
        for (; i <= n - width; i += width)
        {
            V value = V.Load(y + i);
            V.Store(V.MultiplyAdd(value, V.MultiplyAdd(value, q, f), a * (weight == null ? one : V.Load(weight + i))), y + i);
        }

        if (i < n)
        {
            V value = LaneTail.Load<V>(y + i, n - i);
            value = V.MultiplyAdd(value, V.MultiplyAdd(value, q, f), a * (weight == null ? one : LaneTail.Load<V>(weight + i, n - i)));
            LaneTail.Store(value, y + i, n - i);
        }
    }
}
