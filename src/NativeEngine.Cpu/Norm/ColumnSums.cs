using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// Column sums over a block of rows, held in registers: sum0[c] = Σ (x - origin) and sum1[c] = Σ (x - origin)².
/// </summary>
internal readonly unsafe struct ColumnSums(float* x, float* origin, int rows, nint stride, float* sum0, float* sum1) : IColumnKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        nint c = start;
        for (; c + 2 * V.Width <= end; c += 2 * V.Width) TwoMoments<V>(c);
        for (; c < end; c += V.Width) OneMoment<V>(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TwoMoments<V>(nint c) where V : struct, ILanes<V>
    {
        V m0 = V.Load(origin + c), m1 = V.Load(origin + c + V.Width);
        V s0 = default, s1 = default, q0 = default, q1 = default;
        float* p = x + c;
        for (int r = 0; r < rows; r++, p += stride)
        {
            V a = (V.Load(p) - m0), b = V.Load(p + V.Width) - m1;
            s0 = s0 + a;
            s1 = s1 + b;
            q0 = V.MultiplyAdd(a, a, q0);
            q1 = V.MultiplyAdd(b, b, q1);
        }
        V.Store(s0, sum0 + c);
        V.Store(s1, sum0 + c + V.Width);
        V.Store(q0, sum1 + c);
        V.Store(q1, sum1 + c + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OneMoment<V>(nint c) where V : struct, ILanes<V>
    {
        V m = V.Load(origin + c), s = default, q = default;
        float* p = x + c;
        for (int r = 0; r < rows; r++, p += stride)
        {
            V a = V.Load(p) - m;
            s = s + a;
            q = V.MultiplyAdd(a, a, q);
        }
        V.Store(s, sum0 + c);
        V.Store(q, sum1 + c);
    }
}
