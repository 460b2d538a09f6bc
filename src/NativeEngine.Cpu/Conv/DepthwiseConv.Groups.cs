using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Conv;

internal static unsafe partial class DepthwiseConv
{
    /// <summary>Channels of a group that a kernel spreads over their group at a time; groups are multiples of it.</summary>
    private const int Spread = 4;

    /// <summary>
    /// y[u, c] (+)= sum over taps and channels j of c's group of x[u * step + offset, j] * w[tap, j, c] for a run of pixels: a vector holds whole
    /// groups, and each of their channels is spread over its group by a permutation.
    /// </summary>
    private readonly struct GroupKernel(float* x, nint step, float* w, nint channels, int group, nint* offsets, int taps, float* y, nint yStep, int count,
        bool accumulate) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            for (nint c = start; c < end; c += V.Width)
            {
                float* pixel = x + c, result = y + c;
                int u = 0;
                for (; u + 4 <= count; u += 4, pixel += 4 * step, result += 4 * yStep) Four<V>(pixel, w + c, result);
                for (; u < count; u++, pixel += step, result += yStep) One<V>(pixel, w + c, result);
            }
        }

        /// <summary>Four pixels share every load of the filter.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Four<V>(float* pixel, float* filter, float* result) where V : struct, ILanes<V>
        {
            V s0 = accumulate ? V.Load(result) : default, s1 = accumulate ? V.Load(result + yStep) : default;
            V s2 = accumulate ? V.Load(result + 2 * yStep) : default, s3 = accumulate ? V.Load(result + 3 * yStep) : default;
            for (int t = 0; t < taps; t++)
            {
                float* p = pixel + offsets[2 * t], f = filter + offsets[2 * t + 1];
                V x0 = V.Load(p), x1 = V.Load(p + step), x2 = V.Load(p + 2 * step), x3 = V.Load(p + 3 * step);
                for (int j = 0; j < group; j++, f += channels)
                {
                    V lanes = V.GroupLanes(group, j), factor = V.Load(f);
                    s0 = V.MultiplyAdd(V.Permute(x0, lanes), factor, s0);
                    s1 = V.MultiplyAdd(V.Permute(x1, lanes), factor, s1);
                    s2 = V.MultiplyAdd(V.Permute(x2, lanes), factor, s2);
                    s3 = V.MultiplyAdd(V.Permute(x3, lanes), factor, s3);
                }
            }
            V.Store(s0, result);
            V.Store(s1, result + yStep);
            V.Store(s2, result + 2 * yStep);
            V.Store(s3, result + 3 * yStep);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void One<V>(float* pixel, float* filter, float* result) where V : struct, ILanes<V>
        {
            V sum = accumulate ? V.Load(result) : default;
            for (int t = 0; t < taps; t++)
            {
                float* f = filter + offsets[2 * t + 1];
                V value = V.Load(pixel + offsets[2 * t]);
                for (int j = 0; j < group; j++, f += channels) sum = V.MultiplyAdd(V.Permute(value, V.GroupLanes(group, j)), V.Load(f), sum);
            }
            V.Store(sum, result);
        }
    }

    /// <summary>sum[j, c] += sum over a run of pixels of dy[u, c] * x[u * step, channel j of c's group].</summary>
    private readonly struct GroupFilterKernel(float* x, nint step, float* dy, nint dyStep, float* sum, int group, int count) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            for (nint c = start; c < end; c += V.Width)
            {
                for (int j = 0; j < group; j += Spread) Four<V>(c, j);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Four<V>(nint c, int j) where V : struct, ILanes<V>
        {
            float* p = x + c, g = dy + c, s = sum + j * dyStep + c;
            V lane0 = V.GroupLanes(group, j), lane1 = V.GroupLanes(group, j + 1), lane2 = V.GroupLanes(group, j + 2), lane3 = V.GroupLanes(group, j + 3);
            V s0 = V.Load(s), s1 = V.Load(s + dyStep), s2 = V.Load(s + 2 * dyStep), s3 = V.Load(s + 3 * dyStep);
            for (int u = 0; u < count; u++, p += step, g += dyStep)
            {
                V value = V.Load(p), gradient = V.Load(g);
                s0 = V.MultiplyAdd(V.Permute(value, lane0), gradient, s0);
                s1 = V.MultiplyAdd(V.Permute(value, lane1), gradient, s1);
                s2 = V.MultiplyAdd(V.Permute(value, lane2), gradient, s2);
                s3 = V.MultiplyAdd(V.Permute(value, lane3), gradient, s3);
            }
            V.Store(s0, s);
            V.Store(s1, s + dyStep);
            V.Store(s2, s + 2 * dyStep);
            V.Store(s3, s + 3 * dyStep);
        }
    }
}
