using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// Column sums over a block of rows, held in registers: sum0[c] = Σ (x - origin) and sum1[c] = Σ (x - origin)² for statistics,
/// or sum0[c] = Σ g and sum1[c] = Σ g (x - origin) for gradients, where g = dy, or dy where y &gt; 0 if y is given.
/// </summary>
internal readonly unsafe struct ColumnSums(float* x, float* dy, float* y, float* origin, int rows, nint stride, float* sum0, float* sum1) : IColumnKernel
{
    public void Run<T, V>(nint start, nint end) where T : struct, IVectorOps<V> where V : struct
    {
        nint c = start;
        if (dy == null)
        {
            for (; c + 2 * T.Width <= end; c += 2 * T.Width) TwoMoments<T, V>(c);
            for (; c < end; c += T.Width) OneMoment<T, V>(c);
        }
        else
        {
            for (; c + 2 * T.Width <= end; c += 2 * T.Width) TwoGradients<T, V>(c);
            for (; c < end; c += T.Width) OneGradient<T, V>(c);
        }
    }

    private void TwoMoments<T, V>(nint c) where T : struct, IVectorOps<V> where V : struct
    {
        V m0 = T.Load(origin + c), m1 = T.Load(origin + c + T.Width);
        V s0 = T.Zero, s1 = T.Zero, q0 = T.Zero, q1 = T.Zero;
        float* p = x + c;
        for (int r = 0; r < rows; r++, p += stride)
        {
            V a = T.Subtract(T.Load(p), m0), b = T.Subtract(T.Load(p + T.Width), m1);
            s0 = T.Add(s0, a);
            s1 = T.Add(s1, b);
            q0 = T.MultiplyAdd(a, a, q0);
            q1 = T.MultiplyAdd(b, b, q1);
        }
        T.Store(s0, sum0 + c);
        T.Store(s1, sum0 + c + T.Width);
        T.Store(q0, sum1 + c);
        T.Store(q1, sum1 + c + T.Width);
    }

    private void OneMoment<T, V>(nint c) where T : struct, IVectorOps<V> where V : struct
    {
        V m = T.Load(origin + c), s = T.Zero, q = T.Zero;
        float* p = x + c;
        for (int r = 0; r < rows; r++, p += stride)
        {
            V a = T.Subtract(T.Load(p), m);
            s = T.Add(s, a);
            q = T.MultiplyAdd(a, a, q);
        }
        T.Store(s, sum0 + c);
        T.Store(q, sum1 + c);
    }

    private void TwoGradients<T, V>(nint c) where T : struct, IVectorOps<V> where V : struct
    {
        V m0 = T.Load(origin + c), m1 = T.Load(origin + c + T.Width);
        V s0 = T.Zero, s1 = T.Zero, q0 = T.Zero, q1 = T.Zero;
        nint at = c;
        for (int r = 0; r < rows; r++, at += stride)
        {
            V g0 = T.Load(dy + at), g1 = T.Load(dy + at + T.Width);
            if (y != null)
            {
                g0 = T.WherePositive(T.Load(y + at), g0);
                g1 = T.WherePositive(T.Load(y + at + T.Width), g1);
            }
            s0 = T.Add(s0, g0);
            s1 = T.Add(s1, g1);
            q0 = T.MultiplyAdd(g0, T.Subtract(T.Load(x + at), m0), q0);
            q1 = T.MultiplyAdd(g1, T.Subtract(T.Load(x + at + T.Width), m1), q1);
        }
        T.Store(s0, sum0 + c);
        T.Store(s1, sum0 + c + T.Width);
        T.Store(q0, sum1 + c);
        T.Store(q1, sum1 + c + T.Width);
    }

    private void OneGradient<T, V>(nint c) where T : struct, IVectorOps<V> where V : struct
    {
        V m = T.Load(origin + c), s = T.Zero, q = T.Zero;
        nint at = c;
        for (int r = 0; r < rows; r++, at += stride)
        {
            V g = T.Load(dy + at);
            if (y != null) g = T.WherePositive(T.Load(y + at), g);
            s = T.Add(s, g);
            q = T.MultiplyAdd(g, T.Subtract(T.Load(x + at), m), q);
        }
        T.Store(s, sum0 + c);
        T.Store(q, sum1 + c);
    }
}
