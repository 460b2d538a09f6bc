using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Gemm;

/// <summary>C[M, N] += the partial products, in their order; one chunk is a range of rows.</summary>
internal readonly unsafe struct SplitSum(float* partial, int count, int rows, int columns, float* c, nint ldc) : IChunkBody
{
    private readonly Partition _rows = Partition.Of(rows, Math.Max(1, 16384 / Math.Max(1, columns * count)));

    public int Chunks => _rows.Chunks;

    public void Invoke(int chunk, int worker)
    {
        long end = _rows.End(chunk);
        for (long row = _rows.Start(chunk); row < end; row++)
        {
            for (int s = 0; s < count; s++) VectorCopy.Add(c + row * ldc, partial + (s * (long)rows + row) * columns, columns);
        }
    }
}
