using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>
/// Value and gradient of a class loss per row, in one visit: the row stays in the first-level cache between its maximum, its sums and its
/// gradient. <paramref name="spread"/> is Σ w[k], <paramref name="scale"/> the factor of the gradient.
/// </summary>
internal readonly unsafe struct ClassLossLoop<TLoss>(Partition parts, ClassLossSizes s, float* x, int* target, float* weight, double spread, double scale,
    float* each, float* dx) : ILaneBody
    where TLoss : struct, IClassLoss
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

            each[row] = (float)(s.Scale * (TLoss.OfLogits ? Logits<V>(input, t, gradient) : LogProbability(input, t, gradient)));
        }
    }

    private double LogProbability(float* input, int t, float* gradient)
    {
        double w = weight == null ? 1 : weight[t];
        var row = TLoss.At(input[t], 0, s.Gamma);
        if (gradient != null)
        {
            new Span<float>(gradient, s.Classes).Clear();
            gradient[t] = (float)(w * row.AtTarget * scale);
        }

        return w * row.Value;
    }

    private double Logits<V>(float* input, int t, float* gradient) where V : struct, ILanes<V>
    {
        int n = s.Classes;
        float max = (float)ReduceRange<MaxReduction>.Row<V>(input, n);
        if (!float.IsFinite(max))
            max = float.IsNaN(max) || max > 0 ? float.NaN : 0; // +∞ beside anything has no finite softmax; all -∞ has none either
        var (sum, squares) = SoftmaxRows.ExpSums<V, TLoss>(input, gradient, n, max);
        double logSum = Math.Log(sum), w = weight == null ? 1 : weight[t], sharp = (1 - s.Smoothing) * w, flat = s.Smoothing / n;
        var row = TLoss.At((double)input[t] - max - logSum, squares / (sum * sum), s.Gamma);
        double value = sharp * row.Value;
        if (flat > 0)
            value += flat * (spread * logSum - SoftmaxRows.WeightedSum<V>(input, n, max, weight));

        if (gradient != null)
        {
            // The smoothed part of cross-entropy adds ε/K·(Σ w·p[k] - w[k]).
            double ofP = (sharp * row.OfP + flat * spread) * scale / sum, ofSquare = sharp * row.OfSquare * scale / (sum * sum);
            SoftmaxRows.Scale<V>(gradient, n, (float)ofP, (float)ofSquare, weight, (float)(-flat * scale));
            gradient[t] += (float)(sharp * row.AtTarget * scale);
        }

        return value;
    }
}
