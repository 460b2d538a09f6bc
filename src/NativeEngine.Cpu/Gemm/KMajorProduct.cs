using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// C[M, N] (+)= A[K, M]^T * B[K, N] with A given as K rows that can be copied out (filter gradients, products with A transposed).
/// A chunk is a range of rows of C and a range of k; ranges of k are summed afterwards in a fixed order, and both cuts depend on the
/// shape alone, so the bits do not depend on the number of threads.
/// </summary>
internal readonly unsafe struct KMajorProduct<TSource> : IChunkBody where TSource : struct, IRowSource
{
    private const int RowBlock = 336, ColumnBlock = 512, MaxKc = 192;
    private const int ScratchA = 0, ScratchB = 1;

    private readonly CpuContext _context;
    private readonly MicroKernels _kernels;
    private readonly TSource _source;
    private readonly float* _b;
    private readonly nint _ldb;
    private readonly bool _transposedB;
    private readonly float* _c;
    private readonly nint _ldc;
    private readonly int _m;
    private readonly int _n;
    private readonly bool _accumulate;
    private readonly KBlocks _blocks;
    private readonly int _rowChunks;
    private readonly float* _partial;

    /// <param name="partial">room for <see cref="PartialSize"/> floats, or null if that is 0</param>
    public KMajorProduct(CpuContext context, MicroKernels kernels, TSource source, float* b, nint ldb, bool transposedB, float* c, nint ldc, int m, int n, int k, bool accumulate, float* partial, bool serial = false)
    {
        _context = context;
        _kernels = kernels;
        _source = source;
        _b = b;
        _ldb = ldb;
        _transposedB = transposedB;
        _c = c;
        _ldc = ldc;
        _m = m;
        _n = n;
        _accumulate = accumulate;
        _blocks = new KBlocks(k, MaxKc);
        _partial = partial;
        (_rowChunks, Splits) = serial ? ((m + RowBlock - 1) / RowBlock, 1) : Grid(m, n, k);
    }

    public int Chunks => _rowChunks * Splits;

    /// <summary>Ranges of k that are summed separately.</summary>
    public int Splits { get; }

    /// <summary>Floats of intermediate sums: every range of k but the first.</summary>
    public static long PartialSize(int m, int n, int k) => (Grid(m, n, k).Splits - 1) * (long)m * n;

    public void Invoke(int chunk, int worker)
    {
        int rowChunk = chunk / Splits, split = chunk % Splits;
        int row = (int)((long)_m * rowChunk / _rowChunks), rowEnd = (int)((long)_m * (rowChunk + 1) / _rowChunks);
        int rows = rowEnd - row;
        float* c = split == 0 ? _c + row * _ldc : _partial + ((split - 1) * (long)_m + row) * _n;
        nint ldc = split == 0 ? _ldc : _n;
        // Whole vectors, and an odd number of them, so that consecutive k fall into different cache sets.
        nint lda = ((rows + 15) / 16 | 1) * 16;
        float* a = _context.Scratch.Get(worker, ScratchA, lda * MaxKc);
        float* b = _context.Scratch.Get(worker, ScratchB, (long)MaxKc * ColumnBlock);
        int first = (int)((long)_blocks.Count * split / Splits), end = (int)((long)_blocks.Count * (split + 1) / Splits);
        for (int block = first; block < end; block++)
        {
            int k = _blocks.Start(block), kc = _blocks.Length(block);
            _source.Pack(k, kc, row, rows, a, lda);
            bool add = block > first || (split == 0 && _accumulate);
            for (int column = 0; column < _n; column += ColumnBlock)
            {
                int columns = Math.Min(ColumnBlock, _n - column);
                PackB(k, kc, column, columns, b);
                Sweep(a, lda, rows, b, columns, kc, c + column, ldc, add);
            }
        }
    }

    /// <summary>Everything in this thread.</summary>
    public void RunAll(int worker)
    {
        for (int chunk = 0; chunk < Chunks; chunk++) Invoke(chunk, worker);
    }

    private void PackB(int k, int kc, int column, int columns, float* target)
    {
        for (int j = 0; j < columns; j += _kernels.PanelColumns)
        {
            int count = Math.Min(_kernels.PanelColumns, columns - j);
            int width = (count + _kernels.Width - 1) / _kernels.Width * _kernels.Width;
            if (_transposedB) PackedPanels.PackTransposed(_b + (column + j) * _ldb + k, _ldb, kc, count, width, target + (nint)j * kc);
            else PackedPanels.PackRows(_b + k * _ldb + column + j, _ldb, kc, count, width, target + (nint)j * kc);
        }
    }

    private void Sweep(float* a, nint lda, int rows, float* b, int columns, int kc, float* c, nint ldc, bool add)
    {
        for (int j = 0; j < columns; j += _kernels.PanelColumns)
        {
            int count = Math.Min(_kernels.PanelColumns, columns - j);
            int width = (count + _kernels.Width - 1) / _kernels.Width * _kernels.Width;
            PanelSweep.Run(_kernels, KernelFamily.KMajor, a, lda, rows, b + (nint)j * kc, width, count, kc, c + j, ldc, add);
        }
    }

    private static (int Rows, int Splits) Grid(int m, int n, int k)
    {
        const long FlopsPerChunk = 2_000_000, MaxPartial = 4 << 20;
        const int WantedChunks = 8, LeastKPerSplit = 256;
        int rowChunks = (m + RowBlock - 1) / RowBlock;
        if (rowChunks > 2) rowChunks = (rowChunks + 3) / 4 * 4;
        long wanted = Math.Min(WantedChunks, Math.Max(1, 2L * m * n * k / FlopsPerChunk));
        long splits = Math.Clamp(wanted / rowChunks, 1, Math.Max(1, k / LeastKPerSplit));
        splits = Math.Min(splits, 1 + MaxPartial / Math.Max(1, (long)m * n));
        if (rowChunks * splits < wanted) rowChunks = (int)Math.Max(rowChunks, Math.Min(wanted / splits, m / 56));
        return (rowChunks, (int)splits);
    }
}
