namespace NativeEngine.Cpu.Gemm;

/// <summary>A row-major matrix C.</summary>
internal readonly unsafe struct MatrixTarget(float* data, nint stride) : IRowTarget
{
    public float* Data => data;

    public nint Stride => stride;

    public void Write(int row, int rows, int column, int columns, float* block, nint blockStride) =>
        throw new InvalidOperationException("A matrix target is written in place.");
}
