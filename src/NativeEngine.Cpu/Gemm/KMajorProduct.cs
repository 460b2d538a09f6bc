using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// C[M, N] (+)= A[K, M]^T * B[K, N] with A given as K rows that can be copied out (filter gradients, products with A transposed).
/// A chunk is a rectangle of C and a range of k; ranges of k are summed afterwards in a fixed order, and all cuts depend on the
/// shape alone, so the bits do not depend on the number of threads.
/// </summary>
internal readonly unsafe struct KMajorProduct<TLeft, TRight> : IChunkBody
    where TLeft : struct, IRowSource
    where TRight : struct, IRowSource
{
    private const int ScratchA = 0, ScratchB = 1;

    private readonly CpuContext _context;
    private readonly MicroKernels _kernels;
    private readonly TLeft _left;
    private readonly TRight _right;
    private readonly float* _c;
    private readonly nint _ldc;
    private readonly int _m;
    private readonly int _n;
    private readonly bool _accumulate;
    private readonly KBlocks _blocks;
    private readonly KMajorGrid _grid;
    private readonly float* _partial;

    /// <param name="partial">room for the sums of every range of k but the first, or null if there is only one</param>
    public KMajorProduct(CpuContext context, MicroKernels kernels, TLeft left, TRight right, float* c, nint ldc, int m, int n, int k, bool accumulate,
        KMajorGrid grid, float* partial)
    {
        _context = context;
        _kernels = kernels;
        _left = left;
        _right = right;
        _c = c;
        _ldc = ldc;
        _m = m;
        _n = n;
        _accumulate = accumulate;
        _blocks = new KBlocks(k, KMajorGrid.MaxKc);
        _grid = grid;
        _partial = partial;
    }

    public int Chunks => _grid.Chunks;

    public void Invoke(int chunk, int worker)
    {
        int split = chunk % _grid.Splits, rectangle = chunk / _grid.Splits;
        int rowChunk = rectangle / _grid.ColumnChunks, columnChunk = rectangle % _grid.ColumnChunks;
        int row = (int)((long)_m * rowChunk / _grid.RowChunks), rows = (int)((long)_m * (rowChunk + 1) / _grid.RowChunks) - row;
        int panels = (_n + _kernels.PanelColumns - 1) / _kernels.PanelColumns;
        int firstColumn = (int)((long)panels * columnChunk / _grid.ColumnChunks) * _kernels.PanelColumns;
        int endColumn = Math.Min(_n, (int)((long)panels * (columnChunk + 1) / _grid.ColumnChunks) * _kernels.PanelColumns);
        float* c = split == 0 ? _c + row * _ldc : _partial + ((split - 1) * (long)_m + row) * _n;
        nint ldc = split == 0 ? _ldc : _n;
        // Whole vectors, and an odd number of them, so that consecutive k fall into different cache sets.
        nint lda = ((rows + 15) / 16 | 1) * 16;
        float* a = _context.Scratch.Get(worker, ScratchA, lda * KMajorGrid.MaxKc);
        float* b = _context.Scratch.Get(worker, ScratchB, (long)KMajorGrid.MaxKc * KMajorGrid.ColumnBlock);
        int first = (int)((long)_blocks.Count * split / _grid.Splits), end = (int)((long)_blocks.Count * (split + 1) / _grid.Splits);
        for (int block = first; block < end; block++)
        {
            int k = _blocks.Start(block), kc = _blocks.Length(block);
            _left.Pack(k, kc, row, rows, a, lda);
            bool add = block > first || (split == 0 && _accumulate);
            for (int column = firstColumn; column < endColumn; column += KMajorGrid.ColumnBlock)
            {
                int columns = Math.Min(KMajorGrid.ColumnBlock, endColumn - column);
                PackRight(k, kc, column, columns, b);
                Sweep(a, lda, rows, b, columns, kc, c + column, ldc, add);
            }
        }
    }

    /// <summary>Everything in this thread.</summary>
    public void RunAll(int worker)
    {
        for (int chunk = 0; chunk < Chunks; chunk++) Invoke(chunk, worker);
    }

    private void PackRight(int k, int kc, int column, int columns, float* target)
    {
        for (int j = 0; j < columns; j += _kernels.PanelColumns)
        {
            int count = Math.Min(_kernels.PanelColumns, columns - j), width = Padded(count);
            float* panel = target + (nint)j * kc;
            _right.Pack(k, kc, column + j, count, panel, width);
            if (count == width) continue;
            for (int i = 0; i < kc; i++) VectorCopy.Zero(panel + (nint)i * width + count, width - count);
        }
    }

    private void Sweep(float* a, nint lda, int rows, float* b, int columns, int kc, float* c, nint ldc, bool add)
    {
        for (int j = 0; j < columns; j += _kernels.PanelColumns)
        {
            int count = Math.Min(_kernels.PanelColumns, columns - j);
            PanelSweep.Run(_kernels, KernelFamily.KMajor, a, lda, rows, b + (nint)j * kc, Padded(count), count, kc, c + j, ldc, add);
        }
    }

    private int Padded(int columns) => (columns + _kernels.Width - 1) / _kernels.Width * _kernels.Width;
}
