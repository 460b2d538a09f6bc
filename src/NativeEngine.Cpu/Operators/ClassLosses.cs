using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>How a row of inputs becomes log-probabilities: log p[k] = x[k] - Shift.</summary>
internal interface IClassRow
{
    /// <summary>True when the inputs are logits, so that the gradient has the softmax in it.</summary>
    static abstract bool IsSoftmax { get; }
}

/// <summary>Logits: the shift is ln Σ e^x.</summary>
internal readonly struct SoftmaxRow : IClassRow
{
    public static bool IsSoftmax => true;
}

/// <summary>Log-probabilities already: no shift.</summary>
internal readonly struct LogProbabilityRow : IClassRow
{
    public static bool IsSoftmax => false;
}

/// <summary>
/// Per row: value and gradient of -(1-ε)·w[t]·ln p[t] - ε/K·Σ w[k]·ln p[k] in one visit. The row stays in the first-level cache between
/// its maximum, its sum and its gradient.
/// </summary>
internal readonly unsafe struct ClassLossLoop<TRow>(Partition parts, ClassLossSizes s, float* x, int* target, float* weight, double spread, float scale, float* each, float* dx) : ILaneBody
    where TRow : struct, IClassRow
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        int end = (int)parts.End(chunk);
        for (int row = (int)parts.Start(chunk); row < end; row++)
        {
            float* input = x + (long)row * s.Classes, gradient = dx == null ? null : dx + (long)row * s.Classes;
            int t = target[row];
            if (t == s.IgnoreIndex)
            {
                each[row] = 0;
                if (gradient != null)
                    new Span<float>(gradient, s.Classes).Clear();
                continue;
            }

            each[row] = TRow.IsSoftmax ? Softmax<V>(input, t, gradient) : LogProbability(input, t, gradient);
        }
    }

    private float LogProbability(float* input, int t, float* gradient)
    {
        float w = weight == null ? 1 : weight[t];
        if (gradient != null)
        {
            new Span<float>(gradient, s.Classes).Clear();
            gradient[t] = -w * scale;
        }

        return -w * input[t];
    }

    private float Softmax<V>(float* input, int t, float* gradient) where V : struct, ILanes<V>
    {
        int n = s.Classes;
        float max = (float)ReduceRange<MaxReduction>.Row<V>(input, n);
        if (!float.IsFinite(max))
            max = float.IsNaN(max) || max > 0 ? float.NaN : 0; // +∞ beside anything has no finite softmax; all -∞ has none either
        double sum = SoftmaxRows.ExpSum<V>(input, gradient, n, max);
        double shift = max + Math.Log(sum), w = weight == null ? 1 : weight[t], sharp = (1 - s.Smoothing) * w, flat = s.Smoothing / n;
        double value = sharp * (shift - input[t]);
        if (flat > 0)
        {
            double mean = 0;
            for (int k = 0; k < n; k++)
                mean += (weight == null ? 1 : weight[k]) * (shift - input[k]);
            value += flat * mean;
        }

        if (gradient != null)
        {
            // d/dx[k] = p[k]·((1-ε)·w[t] + ε/K·Σ w) - (1-ε)·w[t]·[k = t] - ε/K·w[k]
            SoftmaxRows.Scale<V>(gradient, n, (float)((sharp + flat * spread) * scale / sum), weight, (float)(-flat * scale));
            gradient[t] -= (float)(sharp * scale);
        }

        return (float)value;
    }
}

/// <summary>Row loops that softmax-like functions share.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Σ e^(x - max); writes the terms to <paramref name="terms"/> unless null.</summary>
    public static double ExpSum<V>(float* x, float* terms, int n, float max) where V : struct, ILanes<V>
    {
        V shift = V.Create(max), sum = V.Create(0f);
        double total = 0;
        int i = 0, width = V.Width;
        while (i <= n - width)
        {
            sum = V.Create(0f);
            for (int block = 0; block < 64 && i <= n - width; block++, i += width)
            {
                V e = LaneMath.Exp(V.Load(x + i) - shift);
                sum += e;
                if (terms != null)
                    V.Store(e, terms + i);
            }

            total += V.Sum(sum);
        }

        if (i < n)
        {
            V e = LaneMath.Exp(LaneTail.Load<V>(x + i, n - i, float.NegativeInfinity) - shift);
            total += V.Sum(e); // lanes outside the row hold e^-∞ = 0
            if (terms != null)
                LaneTail.Store(e, terms + i, n - i);
        }

        return total;
    }

    /// <summary>y[k] = y[k]·factor + summand·(weight[k] or 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale<V>(float* y, int n, float factor, float* weight, float summand) where V : struct, ILanes<V>
    {
        V f = V.Create(factor), a = V.Create(summand), one = V.Create(1f);
        int i = 0, width = V.Width;
        for (; i <= n - width; i += width)
            V.Store(V.MultiplyAdd(V.Load(y + i), f, a * (weight == null ? one : V.Load(weight + i))), y + i);
        if (i < n)
        {
            V value = V.MultiplyAdd(LaneTail.Load<V>(y + i, n - i), f, a * (weight == null ? one : LaneTail.Load<V>(weight + i, n - i)));
            LaneTail.Store(value, y + i, n - i);
        }
    }
}
