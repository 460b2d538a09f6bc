using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>mean[c] = Σ x / rows over a few rows.</summary>
internal readonly unsafe struct ColumnMeans(float* x, int rows, nint stride, float* mean) : IColumnKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        V share = V.Create(1f / rows);
        for (nint c = start; c < end; c += V.Width)
        {
            V sum = default;
            float* p = x + c;
            for (int r = 0; r < rows; r++, p += stride) sum = V.MultiplyAdd(V.Load(p), share, sum);
            V.Store(sum, mean + c);
        }
    }
}
