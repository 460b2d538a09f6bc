using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// C[M, N] (+)= A[M, K] * B[K, N] with A given as rows that can be copied out and B packed in panels.
/// A chunk is a rectangle of C over all of K, so its bits do not depend on how the chunks are spread over threads.
/// </summary>
/// <remarks>
/// Order of the loops: a block of up to <see cref="RowBlock"/> rows of A is packed per k-block and stays in L2; each panel of B passes
/// through L1 once per row block; C is revisited once per k-block (see <see cref="Blocks"/>).
/// </remarks>
internal readonly unsafe struct RowProduct<TSource, TTarget> : IChunkBody
    where TSource : struct, IRowSource
    where TTarget : struct, IRowTarget
{
    /// <summary>Rows of A packed at a time: 336 rows x 272 floats are 365 KB, a third of a 1 MB L2.</summary>
    private const int RowBlock = 336;

    /// <summary>Fewer rows than this do not pay for a copy of C.</summary>
    private const int LeastGroupedRows = 56;
    private const int ScratchA = 0, ScratchC = 1;

    private readonly CpuContext _context;
    private readonly MicroKernels _kernels;
    private readonly TSource _source;
    private readonly TTarget _target;
    private readonly PackedPanels _panels;
    private readonly Epilogue _epilogue;
    private readonly int _rows;
    private readonly int _rowBlock;
    private readonly int _panelGroup;
    private readonly int _rowChunks;
    private readonly int _panelChunks;
    private readonly bool _accumulate;
    private readonly MomentSlots _moments;

    public RowProduct(CpuContext context, MicroKernels kernels, TSource source, PackedPanels panels, TTarget target, int rows, int columns, int k,
        bool accumulate, Epilogue epilogue)
    {
        _context = context;
        _kernels = kernels;
        _source = source;
        _target = target;
        _panels = panels;
        _epilogue = epilogue;
        _rows = rows;
        _accumulate = accumulate;
        (_rowBlock, _panelGroup) = Blocks(columns, panels, target.Data != null);
        (_rowChunks, _panelChunks) = Grid(rows, columns, k, panels.Count, kernels.MaxRows, _rowBlock);
    }

    private RowProduct(in RowProduct<TSource, TTarget> other, MomentSlots moments)
    {
        this = other;
        _moments = moments;
    }

    public int Chunks => _rowChunks * _panelChunks;

    /// <summary>Most blocks of rows.</summary>
    public int RowParts => _rowChunks * BlocksPerChunk;

    private int BlocksPerChunk => ((_rows + _rowChunks - 1) / _rowChunks + _rowBlock - 1) / _rowBlock;

    /// <summary>The same product; the moments of each block of rows go to a slot.</summary>
    public RowProduct<TSource, TTarget> With(MomentSlots moments) => new(this, moments);

    public void Invoke(int chunk, int worker)
    {
        int rowChunk = chunk / _panelChunks, panelChunk = chunk % _panelChunks;
        Run(worker, rowChunk * BlocksPerChunk, (int)((long)_rows * rowChunk / _rowChunks), (int)((long)_rows * (rowChunk + 1) / _rowChunks),
            (int)((long)_panels.Count * panelChunk / _panelChunks), (int)((long)_panels.Count * (panelChunk + 1) / _panelChunks));
    }

    /// <summary>All of C in this thread.</summary>
    public void RunAll(int worker) => Run(worker, 0, 0, _rows, 0, _panels.Count);

    private void Run(int worker, int firstBlock, int rowStart, int rowEnd, int panelStart, int panelEnd)
    {
        if (panelStart == panelEnd) return;
        int blocks = (rowEnd - rowStart + _rowBlock - 1) / _rowBlock;
        for (int block = 0; block < blocks; block++)
        {
            int row = rowStart + (int)((long)(rowEnd - rowStart) * block / blocks);
            int rows = rowStart + (int)((long)(rowEnd - rowStart) * (block + 1) / blocks) - row;
            RunBlock(worker, firstBlock + block, row, rows, panelStart, panelEnd);
        }
    }

    private void RunBlock(int worker, int number, int row, int rows, int panelStart, int panelEnd)
    {
        int kBlocks = _panels.Blocks.Count;
        bool inPlace = _target.Data != null && (_panelGroup == 0 || rows < LeastGroupedRows);
        int group = inPlace || _target.Data == null ? panelEnd - panelStart : _panelGroup;
        nint blockSize = (nint)rows * _panels.RowStride;
        bool keepsPacked = panelEnd - panelStart > group;
        float* a = _context.Scratch.Get(worker, ScratchA, keepsPacked ? blockSize * kBlocks : blockSize);
        for (int first = panelStart; first < panelEnd; first += group)
        {
            int end = Math.Min(panelEnd, first + group);
            int firstColumn = first * _kernels.PanelColumns, columns = (end - 1) * _kernels.PanelColumns + _panels.Columns(end - 1) - firstColumn;
            nint ldc = inPlace ? _target.Stride : (columns + 15) / 16 * 16 + 16;
            float* c = inPlace ? _target.Data + row * ldc + firstColumn : _context.Scratch.Get(worker, ScratchC, rows * ldc);
            for (int kBlock = 0; kBlock < kBlocks; kBlock++)
            {
                int kc = _panels.Blocks.Length(kBlock);
                float* packed = keepsPacked ? a + kBlock * blockSize : a;
                if (first == panelStart) _source.Pack(row, rows, _panels.Blocks.Start(kBlock), kc, packed, _panels.RowStride);
                bool add = kBlock > 0 || (_accumulate && inPlace);
                for (int panel = first; panel < end; panel++)
                {
                    int column = panel * _kernels.PanelColumns;
                    float* panelC = c + (column - firstColumn);
                    PanelSweep.Run(_kernels, _panels.Family, packed, 0, rows, _panels.At(kBlock, panel), _panels.Vectors(panel) * _kernels.Width,
                        _panels.Columns(panel), kc, panelC, ldc, add);
                    if (inPlace && kBlock == kBlocks - 1 && !_epilogue.IsEmpty) _epilogue.Apply(panelC, ldc, row, column, rows, _panels.Columns(panel));
                    if (inPlace && kBlock == kBlocks - 1 && _moments.IsWanted) _moments.Gather(number, panelC, ldc, rows, column, _panels.Columns(panel));
                }
            }
            if (!inPlace) WriteBlock(number, row, rows, firstColumn, columns, c, ldc);
        }
    }

    private void WriteBlock(int number, int row, int rows, int column, int columns, float* c, nint ldc)
    {
        if (_target.Data == null)
        {
            _target.Write(row, rows, column, columns, c, ldc);
            return;
        }
        float* target = _target.Data + row * _target.Stride + column;
        for (int r = 0; r < rows; r++)
        {
            if (_accumulate) VectorCopy.Add(target + r * _target.Stride, c + r * ldc, columns);
            else VectorCopy.Copy(target + r * _target.Stride, c + r * ldc, columns);
        }
        if (!_epilogue.IsEmpty) _epilogue.Apply(target, _target.Stride, row, column, rows, columns);
        if (_moments.IsWanted) _moments.Gather(number, target, _target.Stride, rows, column, columns);
    }

    /// <summary>
    /// Rows packed at a time, and the panels that are finished one group after the other (0 = all at once, straight in the target).
    /// C is revisited once per k-block. Up to 512 columns its block fits L2 beside A where it lies. More columns would come from the last-level
    /// cache each time, in rows that often share cache sets, so they are summed in groups in scratch memory; A then stays packed for all of k.
    /// </summary>
    private static (int Rows, int Panels) Blocks(int columns, in PackedPanels panels, bool fixedTarget)
    {
        const int BlockFloats = RowBlock * MicroKernels.RowStride, L2Floats = 180_000, InPlaceColumns = 512, GroupColumns = 256, GroupedRows = 256,
            PackedBlocks = 4, LeastRows = 112;
        if (panels.Family == KernelFamily.RowGathered) return (RowBlock, 0);
        int kBlocks = panels.Blocks.Count, depth = panels.Blocks.Longest + 16;
        if (!fixedTarget || (kBlocks == 1 && columns > InPlaceColumns)) return (Math.Min(RowBlock, BlockFloats / depth), 0);
        if (columns <= InPlaceColumns) return (Math.Min(RowBlock, L2Floats / (depth + columns)), 0);
        return (Math.Clamp(GroupedRows * PackedBlocks / kBlocks, LeastRows, GroupedRows), GroupColumns / panels.PanelColumns);
    }

    /// <summary>
    /// How many row and panel chunks; a function of the shape alone. Rows first, because each chunk packs its rows once per range of columns;
    /// columns are cut too when there are few rows, and a product too small to pay for a fork stays whole.
    /// </summary>
    private static (int Rows, int Panels) Grid(int rows, int columns, int k, int panels, int maxTileRows, int rowBlock)
    {
        const long FlopsPerChunk = 2_000_000;
        const int WantedChunks = 8, LeastRows = 112;
        long byWork = Math.Max(1, 2L * rows * columns * k / FlopsPerChunk);
        int rowChunks = (int)Math.Min(byWork, (rows + rowBlock - 1) / rowBlock);
        if (rowChunks > 1) rowChunks = (rowChunks + 3) / 4 * 4;
        if (rowChunks < WantedChunks && byWork >= WantedChunks && rows >= WantedChunks * LeastRows) rowChunks = WantedChunks;
        if (rowChunks >= WantedChunks || byWork == 1) return (rowChunks, 1);
        int wanted = (int)Math.Min(byWork, WantedChunks);
        int panelChunks = Math.Clamp(wanted / rowChunks, 1, Math.Max(1, panels / 2));
        int moreRows = Math.Clamp(wanted / (rowChunks * panelChunks), 1, Math.Max(1, rows / rowChunks / (2 * maxTileRows)));
        return (rowChunks * moreRows, panelChunks);
    }
}
