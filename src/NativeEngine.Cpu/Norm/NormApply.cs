using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>y[r, c] = relu?((x[r, c] - mean[c]) * scale[c] + shift[c] + residual[r, c]).</summary>
internal readonly unsafe struct NormApply(float* x, float* residual, float* y, int rows, nint stride, float* mean, float* scale, float* shift, bool relu) : IColumnKernel
{
    public void Run<T, V>(nint start, nint end) where T : struct, IVectorOps<V> where V : struct
    {
        V floor = T.Create(relu ? 0 : float.NegativeInfinity);
        nint row = 0;
        for (int r = 0; r < rows; r++, row += stride)
        {
            for (nint c = start; c < end; c += T.Width)
            {
                V value = T.MultiplyAdd(T.Subtract(T.Load(x + row + c), T.Load(mean + c)), T.Load(scale + c), T.Load(shift + c));
                if (residual != null) value = T.Add(value, T.Load(residual + row + c));
                T.Store(T.Max(value, floor), y + row + c);
            }
        }
    }
}
