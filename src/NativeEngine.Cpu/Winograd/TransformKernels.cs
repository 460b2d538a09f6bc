using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>Transforms the input pixels of one tile.</summary>
internal readonly unsafe struct InputKernel<TTile>(float** pixels, nint firstChannel, float* positions, nint stride, float* work) : IColumnKernel
    where TTile : struct, IWinogradTile
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        for (nint c = start; c < end; c += V.Width) TileTransform<TTile>.Input<V>(pixels, firstChannel + c, positions + c, stride, work);
    }
}

/// <summary>Transforms the products of one tile into its output pixels.</summary>
internal readonly unsafe struct OutputKernel<TTile>(float* positions, nint stride, float** pixels, float* bias, bool add, float* work) : IColumnKernel
    where TTile : struct, IWinogradTile
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        for (nint c = start; c < end; c += V.Width)
            TileTransform<TTile>.Output(positions + c, stride, pixels, c, bias == null ? default : V.Load(bias + c), add, work);
    }
}

/// <summary>Transforms the output gradient of one tile.</summary>
internal readonly unsafe struct OutputGradientKernel<TTile>(float** pixels, float* positions, nint stride, float* work) : IColumnKernel
    where TTile : struct, IWinogradGradientTile
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        for (nint c = start; c < end; c += V.Width) TileGradientTransform<TTile>.OutputGradient<V>(pixels, c, positions + c, stride, work);
    }
}

/// <summary>Transforms neighbouring 3 x 3 filters.</summary>
internal readonly unsafe struct FilterKernel<TTile>(float* taps, nint tapStride, float* positions, nint stride, float* work) : IColumnKernel
    where TTile : struct, IWinogradTile
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        for (nint c = start; c < end; c += V.Width) TileTransform<TTile>.Filter<V>(taps + c, tapStride, positions + c, stride, work);
    }
}

/// <summary>Transforms sums of products into the gradients of neighbouring filters.</summary>
internal readonly unsafe struct FilterGradientKernel<TTile>(float* positions, nint stride, float* taps, nint tapStride, bool add, float* work)
    : IColumnKernel where TTile : struct, IWinogradGradientTile
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
    {
        for (nint c = start; c < end; c += V.Width) TileGradientTransform<TTile>.FilterGradient<V>(positions + c, stride, taps + c, tapStride, add, work);
    }
}
