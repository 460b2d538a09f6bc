using System.Runtime.InteropServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>Σ x² over the finite elements and the number of the others, in double, per chunk.</summary>
internal readonly unsafe struct SquareSumLoop(FloatSpan[] spans, int count, double* sums) : ILaneBody
{
    /// <summary>Elements whose squares are summed in single precision before the sum moves on to double.</summary>
    private const int Block = 1024;

    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        var (slot, start, end) = SlotChunks.Find(spans, count, chunk);
        float* x = spans[slot].Start;
        double total = 0, bad = 0;
        for (long at = start; at < end; at += Block)
        {
            long n = Math.Min(Block, end - at);
            float sum = Fast<V>(x + at, n);
            if (float.IsFinite(sum) && sum > 1e-25f)
            {
                total += sum;
                continue;
            }

            // Frozen or dead parameters are zeros throughout.
            if (sum == 0 && !MemoryMarshal.Cast<float, int>(new ReadOnlySpan<float>(x + at, (int)n)).ContainsAnyExcept(0))
                continue;

            // Something is not finite, or a square left the range of floats: element by element in double.
            for (long i = at; i < at + n; i++)
            {
                double value = x[i];
                if (double.IsFinite(value))
                    total += value * value;
                else
                    bad++;
            }
        }

        sums[2 * chunk] = total;
        sums[2 * chunk + 1] = bad;
    }

    private static float Fast<V>(float* x, long n) where V : struct, ILanes<V>
    {
        V a = V.Create(0f), b = a;
        nint i = 0, width = V.Width, end = (nint)n;
        for (; i <= end - 2 * width; i += 2 * width)
        {
            V first = V.Load(x + i), second = V.Load(x + i + width);
            a = V.MultiplyAdd(first, first, a);
            b = V.MultiplyAdd(second, second, b);
        }

        for (; i < end; i += width)
        {
            V last = end - i >= width ? V.Load(x + i) : LaneTail.Load<V>(x + i, end - i);
            a = V.MultiplyAdd(last, last, a);
        }

        return V.Sum(a + b);
    }
}
