using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// C[M, N] (+)= A[M, K] * B[K, N] for so few rows that one tile of the kernel holds them: every panel of B is used once, so it is packed into
/// a thread's scratch memory right before, and B passes through memory once. The sums have the order of <see cref="RowProduct{TSource, TTarget}"/>.
/// </summary>
/// <remarks>A classifier of 25088 x 4096 weights and a batch of 8 would otherwise be read, written and read again, in 411 MB of packed panels.</remarks>
internal readonly unsafe struct FewRowsProduct<TSource, TPanels>(
    CpuContext context, MicroKernels kernels, TSource source, TPanels right, MatrixTarget target, int rows, int columns, int k, bool accumulate,
        Epilogue epilogue) : IChunkBody
    where TSource : struct, IRowSource
    where TPanels : struct, IPanelSource
{
    private const int ScratchA = 0, ScratchB = 2;

    /// <summary>Floats of B from which on a packed copy would leave the caches.</summary>
    private const long LeastFloats = 1 << 18;
    private const int PanelsPerChunk = 4;

    private readonly Partition _panels = Partition.Of((columns + kernels.PanelColumns - 1) / kernels.PanelColumns, PanelsPerChunk);

    /// <summary>One chunk is a range of panels over all of K.</summary>
    public int Chunks => _panels.Chunks;

    /// <summary>True when the product is of this kind.</summary>
    public static bool Fits(MicroKernels kernels, int rows, int columns, int k) => rows <= kernels.MaxRows && (long)columns * k >= LeastFloats;

    public void Invoke(int chunk, int worker)
    {
        var shape = new PackedPanels(null, k, columns, kernels);
        float* a = context.Scratch.Get(worker, ScratchA, (long)rows * shape.RowStride);
        float* b = context.Scratch.Get(worker, ScratchB, (long)shape.RowStride * kernels.PanelColumns);
        int first = (int)_panels.Start(chunk), end = (int)_panels.End(chunk), blocks = shape.Blocks.Count;
        for (int block = 0; block < blocks; block++)
        {
            int kc = shape.Blocks.Length(block);
            source.Pack(0, rows, shape.Blocks.Start(block), kc, a, shape.RowStride);
            for (int panel = first; panel < end; panel++)
            {
                right.Pack(shape.WithPanelAt(b, block, panel), block, panel, panel + 1);
                int column = panel * kernels.PanelColumns;
                float* c = target.Data + column;
                PanelSweep.Run(kernels, shape.Family, a, 0, rows, b, shape.Vectors(panel) * kernels.Width, shape.Columns(panel), kc, c, target.Stride,
                    block > 0 || accumulate);
                if (block == blocks - 1 && !epilogue.IsEmpty) epilogue.Apply(c, target.Stride, 0, column, rows, shape.Columns(panel));
            }
        }
    }
}
