using System.Runtime.CompilerServices;
namespace NativeEngine.Cpu.Winograd;

/// <summary>Cuts images into tiles of Outputs x Outputs pixels; tile (row, column) covers the output pixels from (row, column) * Outputs on.</summary>
internal readonly unsafe struct TileGrid
{
    private readonly int _outputs, _window, _step, _rows, _columns;

    /// <param name="outH">rows of the output image</param>
    /// <param name="outputs">side of an output tile</param>
    /// <param name="window">side of its window of input pixels</param>
    /// <param name="step">input pixels from one window to the next</param>
    public TileGrid(int images, int outH, int outW, int outputs, int window, int step)
    {
        _outputs = outputs;
        _window = window;
        _step = step;
        _rows = (outH + outputs - 1) / outputs;
        _columns = (outW + outputs - 1) / outputs;
        Tiles = images * _rows * _columns;
    }

    /// <summary>Tiles of all images.</summary>
    public int Tiles { get; }

    /// <summary>The tiles of one kind over the output images.</summary>
    public static TileGrid For<TTile>(int images, int outH, int outW)
        where TTile : struct, IWinogradTile => new(images, outH, outW, TTile.Outputs, TTile.Window, TTile.Step);

    /// <summary>Pointers to the input pixels of a tile; the window of the first tile begins at (-padH, -padW).</summary>
    public void InputPixels(float** table, int tile, float* images, int height, int width, int channels, int padH, int padW, float* outside)
    {
        (int image, int row, int column) = Place(tile);
        Fill(table, _window, images + (nint)image * height * width * channels, row * _step - padH, column * _step - padW, height, width, channels, outside);
    }

    /// <summary>Pointers to the output pixels of a tile.</summary>
    public void OutputPixels(float** table, int tile, float* images, int height, int width, int channels, float* outside)
    {
        (int image, int row, int column) = Place(tile);
        Fill(table, _outputs, images + (nint)image * height * width * channels, row * _outputs, column * _outputs, height, width, channels, outside);
    }

    private (int Image, int Row, int Column) Place(int tile)
    {
        int perImage = _rows * _columns, image = tile / perImage, inImage = tile - image * perImage;
        int row = inImage / _columns;
        return (image, row, inImage - row * _columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(float** table, int side, float* image, int y0, int x0, int height, int width, int channels, float* outside)
    {
        for (int i = 0; i < side; i++, table += side)
        {
            bool rowInside = (uint)(y0 + i) < (uint)height;
            float* pixel = image + ((nint)(y0 + i) * width + x0) * channels;
            for (int j = 0; j < side; j++, pixel += channels) table[j] = rowInside && (uint)(x0 + j) < (uint)width ? pixel : outside;
        }
    }
}
