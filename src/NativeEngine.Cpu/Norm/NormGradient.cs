using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// With g = dy, or dy where y &gt; 0 if y is given: dx[r, c] (+)= a[c] g + b[c] (x - mean[c]) + k[c] and dResidual (+)= g.
/// dx and dResidual may be null.
/// </summary>
internal readonly unsafe struct NormGradient(
    float* x, float* y, float* dy, float* dx, bool addDx, float* dResidual, bool addResidual, int rows, nint stride, float* mean, float* a, float* b, float* k) : IColumnKernel
{
    public void Run<T, V>(nint start, nint end) where T : struct, IVectorOps<V> where V : struct
    {
        nint row = 0;
        for (int r = 0; r < rows; r++, row += stride)
        {
            for (nint c = start; c < end; c += T.Width)
            {
                nint at = row + c;
                V g = T.Load(dy + at);
                if (y != null) g = T.WherePositive(T.Load(y + at), g);
                if (dx != null)
                {
                    V centred = T.Subtract(T.Load(x + at), T.Load(mean + c));
                    V value = T.MultiplyAdd(g, T.Load(a + c), T.MultiplyAdd(centred, T.Load(b + c), T.Load(k + c)));
                    T.Store(addDx ? T.Add(T.Load(dx + at), value) : value, dx + at);
                }
                if (dResidual != null) T.Store(addResidual ? T.Add(T.Load(dResidual + at), g) : g, dResidual + at);
            }
        }
    }
}
