using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>Rows of a matrix, which may be stored transposed.</summary>
internal readonly unsafe struct MatrixRows(float* data, nint stride, bool transposed) : IRowSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(int row, int rows, int column, int columns, float* target, nint targetStride)
    {
        if (transposed)
        {
            Transpose.Copy(data + column * stride + row, stride, columns, rows, target, targetStride);
            return;
        }
        float* source = data + row * stride + column;
        for (int r = 0; r < rows; r++, source += stride, target += targetStride) VectorCopy.Copy(target, source, columns);
    }
}
