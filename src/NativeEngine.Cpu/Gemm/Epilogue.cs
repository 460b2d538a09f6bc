using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// What happens to a finished block of C while it is still in cache:
/// C = relu?(C + bias + residual), each part optional; then the moments of C's columns are gathered, if they are wanted.
/// </summary>
internal unsafe struct Epilogue
{
    /// <summary>[N], added to every row, or null.</summary>
    public float* Bias;

    /// <summary>Same layout as C, added, or null.</summary>
    public float* Residual;

    /// <summary>max(C, 0) at the end.</summary>
    public bool Relu;

    /// <summary>Where the moments of the finished columns go.</summary>
    public MomentTarget Moments;

    /// <summary>True when no value changes.</summary>
    public readonly bool IsEmpty => Bias == null && Residual == null && !Relu;

    /// <summary>Finishes rows x columns of C at <paramref name="c"/>; (row, column) is the place of the block in C.</summary>
    public readonly void Apply(float* c, nint ldc, long row, int column, int rows, int columns) =>
        VectorLoop.Run(new FinishKernel(c, ldc, rows, Bias == null ? null : Bias + column, Residual == null ? null : Residual + row * ldc + column, Relu),
            columns);

    private readonly struct FinishKernel(float* c, nint ldc, int rows, float* bias, float* residual, bool relu) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V floor = V.Create(relu ? 0 : float.NegativeInfinity);
            for (nint at = start; at < end; at += V.Width)
            {
                V shift = bias == null ? default : V.Load(bias + at);
                float* value = c + at, summand = residual + at;
                for (int r = 0; r < rows; r++, value += ldc, summand += ldc)
                {
                    V x = V.Load(value) + shift;
                    if (residual != null) x = x + V.Load(summand);
                    V.Store(V.AtLeast(x, floor), value);
                }
            }
        }
    }
}
