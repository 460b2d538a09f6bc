using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Strip;

/// <summary>
/// A long side of a product in nearly equal tiles of at most some rows, and the kernels of their two heights for each panel of columns:
/// looked up once per operation, since a look-up takes as long as a small tile.
/// </summary>
internal sealed unsafe class TileKernels
{
    private readonly MicroKernels _kernels;
    private readonly int _columns, _low;
    private readonly nint _whole, _wholeHigher, _last, _lastHigher;

    /// <param name="length">rows of the product</param>
    /// <param name="columns">columns of the product</param>
    /// <param name="most">rows of the largest tile</param>
    /// <param name="step">floats from one row of A to the next</param>
    public TileKernels(MicroKernels kernels, KernelFamily family, int length, int columns, int most, int step)
    {
        (_kernels, _columns, Length) = (kernels, columns, length);
        Tiles = (length + most - 1) / most;
        _low = length / Tiles;
        int panels = (columns + kernels.PanelColumns - 1) / kernels.PanelColumns;
        if (panels > 1) (_whole, _wholeHigher) = (Make(0, 0), Make(0, 1));
        (_last, _lastHigher) = (Make(panels - 1, 0), Make(panels - 1, 1));

        nint Make(int panel, int more) =>
            (nint)kernels.GetForImage(new KernelShape(family, More(more), VectorsOf(panel * kernels.PanelColumns),
                LanesOf(panel * kernels.PanelColumns) != kernels.Width, step));

        int More(int more) => _low * Tiles == length ? _low : _low + more;
    }

    /// <summary>Rows of the product.</summary>
    public int Length { get; }

    /// <summary>Number of tiles.</summary>
    public int Tiles { get; }

    /// <summary>First row of a tile; <c>Start(Tiles)</c> is <see cref="Length"/>.</summary>
    public int Start(int tile) => (int)((long)Length * tile / Tiles);

    /// <summary>Vectors of the panel that begins at <paramref name="column"/>.</summary>
    public int VectorsOf(int column) => (Math.Min(_kernels.PanelColumns, _columns - column) + _kernels.Width - 1) / _kernels.Width;

    /// <summary>Mask of the last vector of the panel that begins at <paramref name="column"/>.</summary>
    public float* MaskOf(int column) => _kernels.Mask(LanesOf(column));

    /// <summary>The kernel of a tile of <paramref name="rows"/> rows in the panel that begins at <paramref name="column"/>.</summary>
    public delegate*<float*, nint, float*, nint, float*, nint, nint, nint, float*, nint, nint, nint, void> Get(int column, int rows)
    {
        bool last = column + _kernels.PanelColumns >= _columns;
        nint kernel = rows == _low ? (last ? _last : _whole) : last ? _lastHigher : _wholeHigher;
        return (delegate*<float*, nint, float*, nint, float*, nint, nint, nint, float*, nint, nint, nint, void>)kernel;
    }

    private int LanesOf(int column) => Math.Min(_kernels.PanelColumns, _columns - column) - (VectorsOf(column) - 1) * _kernels.Width;
}
