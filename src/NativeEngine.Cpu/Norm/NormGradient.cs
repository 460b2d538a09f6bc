using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// With g = dy, or dy where y &gt; 0 if y is given: dx[r, c] (+)= a[c] g + b[c] (x - mean[c]) + k[c] and dResidual (+)= g.
/// dx and dResidual may be null.
/// </summary>
internal readonly unsafe struct NormGradient(
    float* x, float* y, float* dy, float* dx, bool addDx, float* dResidual, bool addResidual, int rows, nint stride, float* mean, float* a, float* b, float* k) : IColumnKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        nint row = 0;
        for (int r = 0; r < rows; r++, row += stride)
        {
            for (nint c = start; c < end; c += V.Width)
            {
                nint at = row + c;
                V g = V.Load(dy + at);
                if (y != null) g = V.Greater(V.Load(y + at), default) & g;
                if (dx != null)
                {
                    V centred = V.Load(x + at) - V.Load(mean + c);
                    V value = V.MultiplyAdd(g, V.Load(a + c), V.MultiplyAdd(centred, V.Load(b + c), V.Load(k + c)));
                    V.Store(addDx ? (V.Load(dx + at) + value) : value, dx + at);
                }
                if (dResidual != null) V.Store(addResidual ? (V.Load(dResidual + at) + g) : g, dResidual + at);
            }
        }
    }
}
