using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// The three steps of a Winograd convolution over a block of tiles: transform the input pixels to V[position][tile, inner], multiply
/// M[position] = V[position] * U[filter of the position], transform M to output pixels.
/// </summary>
internal readonly unsafe struct WinogradProduct<TTile> where TTile : struct, IWinogradTile
{
    /// <summary>Inner channels whose transformed filters of one panel fit L2: 36 filters x 128 x 32 floats are 590 KB.</summary>
    private const int FilterBlock = 128;

    private readonly MicroKernels _kernels;
    private readonly TileGrid _grid;
    private readonly float* _source;
    private readonly float* _target;
    private readonly nint _filterStride;
    private readonly Epilogue _epilogue;
    private readonly float* _zeros;
    private readonly WinogradImages _s;
    private readonly bool _add;
    private readonly KBlocks _blocks;
    private readonly MomentSlots _moments;

    public WinogradProduct(MicroKernels kernels, in WinogradImages s, float* source, nint filterStride, float* target, Epilogue epilogue, bool add,
        float* zeros)
    {
        _kernels = kernels;
        _s = s;
        _grid = TileGrid.For<TTile>(s.Images, s.OutH, s.OutW);
        _source = source;
        _target = target;
        _filterStride = filterStride;
        _epilogue = epilogue;
        _add = add;
        _zeros = zeros;
        _blocks = new KBlocks(s.Inner, MicroKernels.MaxKc);
    }

    private WinogradProduct(in WinogradProduct<TTile> other, MomentSlots moments)
    {
        this = other;
        _moments = moments;
    }

    /// <summary>The same product; the moments of each part of the output go to a slot.</summary>
    public WinogradProduct<TTile> With(MomentSlots moments) => new(this, moments);

    public static int Positions => TileTransform<TTile>.Positions;

    private static int Filters => TileTransform<TTile>.Filters;

    public int Tiles => _grid.Tiles;

    /// <summary>Panels of outer channels.</summary>
    public int Panels => (_s.Outer + _kernels.PanelColumns - 1) / _kernels.PanelColumns;

    /// <summary>Floats of V for a block of <paramref name="tiles"/>.</summary>
    public long InputSize(int tiles) => Positions * InputStride(tiles);

    /// <summary>Floats of M.</summary>
    public long OutputSize(int tiles) => Positions * OutputStride(tiles);

    /// <summary>Floats of the transformed filters.</summary>
    public long FilterSize => (long)Filters * _s.Inner * _s.Outer;

    /// <summary>Floats of scratch that a worker needs besides: pointers, work vectors, a pixel for what falls outside the image, and sums of the
    /// output.</summary>
    public long WorkSize => Positions * 2 + Positions * 16 + 4 * OutputRow + 64;

    /// <param name="first">tile that row 0 of V belongs to</param>
    /// <param name="capacity">tiles that V has room for</param>
    public void TransformInput(int start, int end, int first, int capacity, float* v, float* scratch)
    {
        float** pixels = (float**)scratch;
        float* work = Work(scratch);
        nint stride = InputStride(capacity);
        for (int tile = start; tile < end; tile++)
        {
            _grid.InputPixels(pixels, tile, _source, _s.InH, _s.InW, _s.Inner, _s.PadH, _s.PadW, _zeros);
            for (int block = 0; block < _blocks.Count; block++)
            {
                float* row = v + ((nint)block * capacity + (tile - first)) * MicroKernels.RowStride;
                VectorLoop.Run(new InputKernel<TTile>(pixels, _blocks.Start(block), row, stride, work), _blocks.Length(block));
            }
        }
    }

    /// <summary>M = V * U for one position, some panels and the first <paramref name="rows"/> tiles.</summary>
    public void Multiply(int position, int panelStart, int panelEnd, int rows, int capacity, float* v, float* filters, float* m)
    {
        PackedPanels panels = WinogradFilters<TTile>.Panels(filters, _filterStride, TileTransform<TTile>.FilterOf(position), _s.Inner, _s.Outer, _kernels);
        v += position * InputStride(capacity);
        m += position * OutputStride(capacity);
        for (int block = 0; block < _blocks.Count; block++)
        {
            for (int panel = panelStart; panel < panelEnd; panel++)
            {
                PanelSweep.Run(_kernels, KernelFamily.RowGathered, v + (nint)block * capacity * MicroKernels.RowStride, 0, rows, panels.At(block, panel),
                    panels.Vectors(panel) * _kernels.Width,
                    panels.Columns(panel), _blocks.Length(block), m + panel * _kernels.PanelColumns, OutputRow, block > 0);
            }
        }
    }

    /// <summary>Floats of scratch for the transformed filters of one panel.</summary>
    public long PanelFilterSize => Filters * PanelFilterStride;

    /// <summary>M = V * U for one panel and all tiles, transforming the filters of the panel on the way.</summary>
    public void MultiplyPanel(int panel, float* filters, nint rowStride, nint tapStride, float* v, float* m, float* transformed, float* scratch)
    {
        int column = panel * _kernels.PanelColumns, columns = Math.Min(_kernels.PanelColumns, _s.Outer - column);
        int width = (columns + _kernels.Width - 1) / _kernels.Width * _kernels.Width, tiles = Tiles;
        for (int block = 0; block < _blocks.Count; block++)
        {
            int k0 = _blocks.Start(block), kc = _blocks.Length(block);
            for (int part = 0; part < kc; part += FilterBlock)
            {
                int count = Math.Min(FilterBlock, kc - part);
                TransformPanel(filters + (k0 + part) * rowStride + column, rowStride, tapStride, count, columns, width, transformed, Work(scratch));
                for (int position = 0; position < Positions; position++)
                {
                    PanelSweep.Run(_kernels, KernelFamily.RowGathered,
                        v + position * InputStride(tiles) + (nint)block * tiles * MicroKernels.RowStride + part, 0, tiles,
                        transformed + TileTransform<TTile>.FilterOf(position) * PanelFilterStride, width, columns, count,
                            m + position * OutputStride(tiles) + column, OutputRow, block + part > 0);
                }
            }
        }
    }

    private void TransformPanel(float* filters, nint rowStride, nint tapStride, int rows, int columns, int width, float* transformed, float* work)
    {
        for (int row = 0; row < rows; row++)
        {
            float* target = transformed + (nint)row * width;
            VectorLoop.Run(new FilterKernel<TTile>(filters + row * rowStride, tapStride, target, PanelFilterStride, work), columns);
            for (int filter = 0; columns < width && filter < Filters; filter++) VectorCopy.Zero(target + filter * PanelFilterStride + columns, width - columns);
        }
    }

    /// <param name="part">number of this part of the output</param>
    public void TransformOutput(int part, int start, int end, int first, int capacity, float* m, float* scratch)
    {
        float** pixels = (float**)scratch;
        float* work = Work(scratch), trash = work + Positions * 16;
        var sums = new TileSums(trash + OutputRow, OutputRow, _s.Outer);
        for (int tile = start; tile < end; tile++)
        {
            _grid.OutputPixels(pixels, tile, _target, _s.OutH, _s.OutW, _s.Outer, trash);
            VectorLoop.Run(new OutputKernel<TTile>(m + (nint)(tile - first) * OutputRow, OutputStride(capacity), pixels, _epilogue.Bias, _add, work), _s.Outer);
            if (_epilogue.Residual == null && !_moments.IsWanted) continue;
            int count = Inside(pixels, trash);
            if (_epilogue.Residual != null) AddResidual(pixels, count);
            if (_moments.IsWanted) sums.Add(pixels, count);
        }
        if (_moments.IsWanted) sums.Finish(_moments, part);
    }

    /// <summary>Moves the pixels that lie in the image to the front of the table; returns their number.</summary>
    private static int Inside(float** pixels, float* trash)
    {
        int count = 0;
        for (int i = 0; i < TTile.Outputs * TTile.Outputs; i++)
        {
            if (pixels[i] != trash) pixels[count++] = pixels[i];
        }
        return count;
    }

    private void AddResidual(float** pixels, int count)
    {
        for (int i = 0; i < count; i++) VectorCopy.Add(pixels[i], _epilogue.Residual + (pixels[i] - _target), _s.Outer);
    }

    private nint PanelFilterStride => FilterBlock * _kernels.PanelColumns + 16;

    private nint OutputRow => (_s.Outer + 15) / 16 * 16 + 16;

    private nint InputStride(int tiles) => (nint)_blocks.Count * tiles * MicroKernels.RowStride + 16;

    private nint OutputStride(int tiles) => tiles * OutputRow + 16;

    private static float* Work(float* scratch) => scratch + (Positions * 2 + 15) / 16 * 16;
}
