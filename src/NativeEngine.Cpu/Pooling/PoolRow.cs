using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Pooling;

/// <summary>
/// One row of output pixels and a range of channels. Pixel after pixel, all channels of each: memory is read in its own order, which the
/// hardware prefetches.
/// </summary>
/// <param name="height">rows of the windows, cut at the image</param>
/// <param name="divisor">share of the rows in the divisor of a mean</param>
/// <param name="rowStride">floats from one input row to the next</param>
/// <param name="pixelStride">floats from one pixel to the next</param>
/// <param name="channels">channels to do; all pointers are at the first of them</param>
internal readonly unsafe struct PoolRow(PoolWindows windows, int height, int divisor, nint rowStride, nint pixelStride, nint channels)
{
    /// <summary>y = the largest of each window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Max<V>(float* x, float* y) where V : struct, ILanes<V>
    {
        for (int q = 0; q < windows.Start.Length; q++, y += pixelStride)
        {
            int width = windows.Width[q];
            float* window = x + windows.Start[q] * pixelStride;
            nint c = 0;
            for (; c <= channels - V.Width; c += V.Width) WholeVector.Store(Largest<V, WholeVector>(window + c, width, 0), y + c, 0);
            if (c < channels) PartOfVector.Store(Largest<V, PartOfVector>(window + c, width, channels - c), y + c, channels - c);
        }
    }

    /// <summary>y = the mean of each window. Whole pixels are added up, so that a window as large as the image is read in the order of memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Mean<V>(float* x, float* y) where V : struct, ILanes<V>
    {
        for (int q = 0; q < windows.Start.Length; q++, y += pixelStride)
        {
            float* row = x + windows.Start[q] * pixelStride;
            VectorCopy.Zero(y, channels);
            for (int i = 0; i < height; i++, row += rowStride)
            {
                for (int j = 0; j < windows.Width[q]; j++) VectorCopy.Add(y, row + j * pixelStride, channels);
            }
            V scale = V.Create(1f / (divisor * windows.Divisor[q]));
            nint c = 0;
            for (; c <= channels - V.Width; c += V.Width) V.Store(V.Load(y + c) * scale, y + c);
            if (c < channels) LaneTail.Store(LaneTail.Load<V>(y + c, channels - c) * scale, y + c, channels - c);
        }
    }

    /// <summary>Gives dy to the first element of the window that equals y, separately in every channel.</summary>
    /// <param name="add">add to dx instead of writing it</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MaxGradient<V>(float* x, float* y, float* dy, float* dx, bool add) where V : struct, ILanes<V>
    {
        for (int q = 0; q < windows.Start.Length; q++, y += pixelStride, dy += pixelStride)
        {
            int width = windows.Width[q];
            nint start = windows.Start[q] * pixelStride, c = 0;
            for (; c <= channels - V.Width; c += V.Width) ToLargest<V, WholeVector>(x + start + c, y + c, dy + c, dx + start + c, width, add, 0);
            if (c < channels) ToLargest<V, PartOfVector>(x + start + c, y + c, dy + c, dx + start + c, width, add, channels - c);
        }
    }

    /// <summary>Spreads dy over the windows in equal shares.</summary>
    /// <param name="add">add to dx instead of writing it</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MeanGradient<V>(float* dy, float* dx, bool add) where V : struct, ILanes<V>
    {
        for (int q = 0; q < windows.Start.Length; q++, dy += pixelStride)
        {
            int width = windows.Width[q];
            float* window = dx + windows.Start[q] * pixelStride;
            V scale = V.Create(1f / (divisor * windows.Divisor[q]));
            nint c = 0;
            for (; c <= channels - V.Width; c += V.Width) Spread<V, WholeVector>(V.Load(dy + c) * scale, window + c, width, add, 0);
            if (c < channels) Spread<V, PartOfVector>(LaneTail.Load<V>(dy + c, channels - c) * scale, window + c, width, add, channels - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Largest<V, TExtent>(float* row, int width, nint lanes)
        where V : struct, ILanes<V>
        where TExtent : struct, IExtent
    {
        V result = V.Create(float.NegativeInfinity);
        for (int i = 0; i < height; i++, row += rowStride)
        {
            for (int j = 0; j < width; j++) result = V.Max(result, TExtent.Load<V>(row + j * pixelStride, lanes));
        }
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ToLargest<V, TExtent>(float* x, float* y, float* dy, float* dx, int width, bool add, nint lanes)
        where V : struct, ILanes<V>
        where TExtent : struct, IExtent
    {
        V largest = TExtent.Load<V>(y, lanes), rest = TExtent.Load<V>(dy, lanes); // rest: the gradient of the lanes whose maximum is still ahead
        V isNumber = V.Equal(largest, largest);
        for (int i = 0; i < height; i++, x += rowStride, dx += rowStride)
        {
            for (int j = 0; j < width; j++)
            {
                nint at = j * pixelStride;
                V value = TExtent.Load<V>(x + at, lanes);
                V same = V.Equal(value, largest) | ~(V.Equal(value, value) | isNumber), share = same & rest; // NaN is the maximum of its window
                TExtent.Store(add ? TExtent.Load<V>(dx + at, lanes) + share : share, dx + at, lanes);
                rest = ~same & rest;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Spread<V, TExtent>(V share, float* row, int width, bool add, nint lanes)
        where V : struct, ILanes<V>
        where TExtent : struct, IExtent
    {
        for (int i = 0; i < height; i++, row += rowStride)
        {
            for (int j = 0; j < width; j++)
            {
                float* pixel = row + j * pixelStride;
                TExtent.Store(add ? TExtent.Load<V>(pixel, lanes) + share : share, pixel, lanes);
            }
        }
    }
}
