using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Strip;

/// <summary>Rows of output pixels from a strip and packed panels of the filter.</summary>
/// <param name="panels">[panel][1 + depth][column]</param>
internal readonly unsafe struct StripProduct(MicroKernels kernels, StripSizes sizes, float* panels)
{
    private readonly TileKernels _tiles = new(kernels, KernelFamily.ImageRows, sizes.Groups, sizes.Columns, kernels.MaxRows, sizes.GroupStep);

    /// <summary>target[row, pixel, column] (+)= windows times panels.</summary>
    /// <param name="strip">at the first image row that the first output row reads</param>
    public void Run(float* strip, float* target, int rows, bool accumulate)
    {
        float* panel = panels;
        for (int column = 0; column < sizes.Columns; column += kernels.PanelColumns)
        {
            Panel(strip, panel, column, target + column, rows, accumulate);
            panel += (nint)(sizes.Depth + 1) * _tiles.VectorsOf(column) * kernels.Width;
        }
    }

    /// <summary>All rows of the strip times one panel.</summary>
    private void Panel(float* strip, float* panel, int column, float* target, int rows, bool accumulate)
    {
        float* mask = _tiles.MaskOf(column);
        int step = sizes.GroupStep, run = sizes.Run, columns = sizes.Columns;
        nint skip = (nint)sizes.DilationH * sizes.RowFloats - run;
        for (int row = 0; row < rows; row++, strip += (nint)sizes.StrideH * sizes.RowFloats, target += (nint)sizes.Groups * columns)
        {
            for (int tile = 0; tile < _tiles.Tiles; tile++)
            {
                int group = _tiles.Start(tile), count = _tiles.Start(tile + 1) - group;
                _tiles.Get(column, count)(strip + (nint)group * step, 0, panel, 0, target + (nint)group * columns, columns, run, accumulate ? 1 : 0, mask,
                    sizes.R, skip, 0);
            }
        }
    }
}
