using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NativeEngine.Cpu.Norm;

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
    public readonly void Apply(float* c, nint ldc, long row, int column, int rows, int columns)
    {
        float* residual = Residual == null ? null : Residual + row * ldc + column;
        float* bias = Bias == null ? null : Bias + column;
        for (int r = 0; r < rows; r++, c += ldc)
        {
            FinishRow(c, bias, residual, columns, Relu);
            if (residual != null) residual += ldc;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void FinishRow(float* c, float* bias, float* residual, int columns, bool relu)
    {
        int j = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; j + 16 <= columns; j += 16)
            {
                Vector512<float> x = Vector512.Load(c + j);
                if (bias != null) x += Vector512.Load(bias + j);
                if (residual != null) x += Vector512.Load(residual + j);
                if (relu) x = Vector512.Max(x, Vector512<float>.Zero);
                x.Store(c + j);
            }
        }
        if (Vector128.IsHardwareAccelerated)
        {
            for (; j + 4 <= columns; j += 4)
            {
                Vector128<float> x = Vector128.Load(c + j);
                if (bias != null) x += Vector128.Load(bias + j);
                if (residual != null) x += Vector128.Load(residual + j);
                if (relu) x = Vector128.Max(x, Vector128<float>.Zero);
                x.Store(c + j);
            }
        }
        for (; j < columns; j++)
        {
            float x = c[j];
            if (bias != null) x += bias[j];
            if (residual != null) x += residual[j];
            if (relu) x = MathF.Max(x, 0);
            c[j] = x;
        }
    }
}
