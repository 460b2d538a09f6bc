using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// The transforms of a square tile for one vector of channels: the tile's lines along its rows, then along its columns. Positions lie a
/// fixed stride apart, row by row; <c>work</c> holds Positions² vectors.
/// </summary>
internal static unsafe class TileTransform<TTile> where TTile : struct, IWinogradTile
{
    /// <summary>Products of a tile.</summary>
    public static int Positions => TTile.Positions * TTile.Positions;

    /// <summary>Different transformed filters of a tile.</summary>
    public static int Filters => TTile.Filters * TTile.Filters;

    /// <summary>The transformed filter that a position multiplies with.</summary>
    public static int FilterOf(int position)
    {
        int row = Math.Min(position / TTile.Positions, TTile.Filters - 1), column = Math.Min(position % TTile.Positions, TTile.Filters - 1);
        return row * TTile.Filters + column;
    }

    /// <summary>Bᵀ d B of the pixels d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        nint row = TTile.Positions * V.Width;
        for (int i = 0; i < TTile.Window; i++)
            TTile.Input<V, PixelSource<V>, StridedLine<V>>(new(pixels + i * TTile.Window, channel), new(work + i * row, V.Width));
        for (int j = 0; j < TTile.Positions; j++)
            TTile.Input<V, StridedLine<V>, StridedLine<V>>(new(work + j * V.Width, row), new(positions + j * stride, TTile.Positions * stride));
    }

    /// <summary>Aᵀ M A + bias, stored to or added to the pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output<V>(float* positions, nint stride, float** pixels, nint channel, V bias, bool add, float* work) where V : struct, ILanes<V>
    {
        nint row = TTile.Positions * V.Width;
        for (int j = 0; j < TTile.Positions; j++)
            TTile.Output<V, StridedLine<V>, StridedLine<V>>(new(positions + j * stride, TTile.Positions * stride), new(work + j * V.Width, row));
        for (int i = 0; i < TTile.Outputs; i++)
            TTile.Output<V, StridedLine<V>, PixelTarget<V>>(new(work + i * row, V.Width), new(pixels + i * TTile.Outputs, channel, bias, add));
    }

    /// <summary>G g Gᵀ of a 3 x 3 filter whose taps lie <paramref name="tapStride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter<V>(float* taps, nint tapStride, float* filters, nint stride, float* work) where V : struct, ILanes<V>
    {
        nint row = TTile.Filters * V.Width;
        for (int i = 0; i < 3; i++)
            TTile.Filter<V, StridedLine<V>, StridedLine<V>>(new(taps + 3 * i * tapStride, tapStride), new(work + i * row, V.Width));
        for (int j = 0; j < TTile.Filters; j++)
            TTile.Filter<V, StridedLine<V>, StridedLine<V>>(new(work + j * V.Width, row), new(filters + j * stride, TTile.Filters * stride));
    }
}

/// <summary>The transforms of filter gradients.</summary>
internal static unsafe class TileGradientTransform<TTile> where TTile : struct, IWinogradGradientTile
{
    /// <summary>A dY Aᵀ of the pixels dY of an output tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputGradient<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        nint row = TTile.Positions * V.Width;
        for (int i = 0; i < TTile.Outputs; i++)
            TTile.OutputGradient<V, PixelSource<V>, StridedLine<V>>(new(pixels + i * TTile.Outputs, channel), new(work + i * row, V.Width));
        for (int j = 0; j < TTile.Positions; j++)
            TTile.OutputGradient<V, StridedLine<V>, StridedLine<V>>(new(work + j * V.Width, row), new(positions + j * stride, TTile.Positions * stride));
    }

    /// <summary>Gᵀ U G, stored to or added to the taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FilterGradient<V>(float* filters, nint stride, float* taps, nint tapStride, bool add, float* work) where V : struct, ILanes<V>
    {
        nint row = TTile.Filters * V.Width;
        for (int j = 0; j < TTile.Filters; j++)
            TTile.FilterGradient<V, StridedLine<V>, StridedLine<V>>(new(filters + j * stride, TTile.Filters * stride), new(work + j * V.Width, row));
        for (int i = 0; i < 3; i++)
            TTile.FilterGradient<V, StridedLine<V>, GradientLine<V>>(new(work + i * row, V.Width), new(taps + 3 * i * tapStride, tapStride, add));
    }
}
