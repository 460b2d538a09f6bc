using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>y[r, c] = relu?((x[r, c] - mean[c]) * scale[c] + shift[c] + residual[r, c]).</summary>
internal readonly unsafe struct NormApply(float* x, float* residual, float* y, int rows, nint stride, float* mean, float* scale, float* shift, bool relu)
    : IColumnKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        V floor = V.Create(relu ? 0 : float.NegativeInfinity);
        nint row = 0;
        for (int r = 0; r < rows; r++, row += stride)
        {
            for (nint c = start; c < end; c += V.Width)
            {
                V value = V.MultiplyAdd((V.Load(x + row + c) - V.Load(mean + c)), V.Load(scale + c), V.Load(shift + c));
                if (residual != null) value = value + V.Load(residual + row + c);
                V.Store(V.Max(value, floor), y + row + c);
            }
        }
    }
}
