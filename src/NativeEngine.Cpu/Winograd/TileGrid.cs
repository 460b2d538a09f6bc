using System.Runtime.CompilerServices;
namespace NativeEngine.Cpu.Winograd;

/// <summary>Cuts images into tiles of Outputs x Outputs pixels; tile t of all images covers output pixel (TileRow, TileColumn) * Outputs.</summary>
internal readonly unsafe struct TileGrid
{
    private readonly int _outputs, _inputs, _rows, _columns;

    /// <param name="outH">rows of the output image</param>
    /// <param name="outputs">side of an output tile</param>
    public TileGrid(int images, int outH, int outW, int outputs, int inputs)
    {
        _outputs = outputs;
        _inputs = inputs;
        _rows = (outH + outputs - 1) / outputs;
        _columns = (outW + outputs - 1) / outputs;
        Tiles = images * _rows * _columns;
    }

    /// <summary>Tiles of all images.</summary>
    public int Tiles { get; }

    /// <summary>Pointers to the input pixels of a tile, whose corner lies <paramref name="padH"/>, <paramref name="padW"/> before its output pixel.</summary>
    public void InputPixels(float** table, int tile, float* images, int height, int width, int channels, int padH, int padW, float* outside)
    {
        (int image, int y, int x) = Corner(tile);
        Fill(table, _inputs, images + (nint)image * height * width * channels, y - padH, x - padW, height, width, channels, outside);
    }

    /// <summary>Pointers to the output pixels of a tile.</summary>
    public void OutputPixels(float** table, int tile, float* images, int height, int width, int channels, float* outside)
    {
        (int image, int y, int x) = Corner(tile);
        Fill(table, _outputs, images + (nint)image * height * width * channels, y, x, height, width, channels, outside);
    }

    private (int Image, int Y, int X) Corner(int tile)
    {
        int perImage = _rows * _columns, image = tile / perImage, inImage = tile - image * perImage;
        int row = inImage / _columns;
        return (image, row * _outputs, (inImage - row * _columns) * _outputs);
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
