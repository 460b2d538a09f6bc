using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Conv;

/// <summary>
/// The matrix of a convolution that is never stored: one row per pixel of a grid, one column per (tap, channel). Rows are gathered
/// straight into the packed operand of the product; pixels outside the image are zeros.
/// </summary>
/// <remarks>
/// In channels-last memory a row of the image is one run of floats, and neighbouring taps of a kernel row are neighbours in it, so
/// a whole kernel row is copied at once and clipped at the borders of the image row.
/// </remarks>
internal readonly unsafe struct ImplicitRows : IRowSource
{
    private readonly float* _x;
    private readonly TapTable _taps;
    private readonly int _gridH, _gridW, _stepH, _stepW, _height, _width, _pixelStride, _channels;

    /// <param name="x">first image, at the first channel of the group</param>
    /// <param name="gridH">rows of the grid per image</param>
    /// <param name="height">rows of the gathered image</param>
    /// <param name="pixelStride">channels of a pixel in memory</param>
    /// <param name="channels">channels that are gathered</param>
    public ImplicitRows(float* x, TapTable taps, int gridH, int gridW, int stepH, int stepW, int height, int width, int pixelStride, int channels)
    {
        _x = x;
        _taps = taps;
        _gridH = gridH;
        _gridW = gridW;
        _stepH = stepH;
        _stepW = stepW;
        _height = height;
        _width = width;
        _pixelStride = pixelStride;
        _channels = channels;
    }

    /// <summary>A run of columns that is contiguous in an image row.</summary>
    private struct Segment
    {
        /// <summary>Image row relative to the grid row.</summary>
        public int Dy;

        /// <summary>First float relative to the pixel b * StepW of the image row.</summary>
        public nint Offset;

        /// <summary>First column relative to the packed block.</summary>
        public int Column;
        public int Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(int row, int rows, int column, int columns, float* target, nint stride)
    {
        Segment* segments = stackalloc Segment[Math.Min(_taps.Count, columns / _channels + 2)];
        int count = CutSegments(column, columns, segments);
        int end = row + rows;
        while (row < end)
        {
            int image = row / (_gridH * _gridW), inImage = row - image * _gridH * _gridW;
            int a = inImage / _gridW, b = inImage - a * _gridW;
            int run = Math.Min(_gridW - b, end - row);
            for (int i = 0; i < count; i++)
            {
                int y = a * _stepH + segments[i].Dy;
                float* block = target + segments[i].Column;
                if ((uint)y >= (uint)_height) ZeroRows(block, stride, run, segments[i].Length);
                else CopyRun(_x + ((nint)image * _height + y) * _width * _pixelStride, b, run, segments[i], block, stride);
            }
            row += run;
            target += run * stride;
        }
    }

    private int CutSegments(int column, int columns, Segment* segments)
    {
        int count = 0, end = column + columns;
        for (int at = column; at < end;)
        {
            int tap = at / _channels, channel = at - tap * _channels;
            int length = Math.Min(_channels - channel, end - at);
            bool joins = channel == 0 && at > column && _channels == _pixelStride
                && _taps.Dy[tap] == _taps.Dy[tap - 1] && _taps.Dx[tap] == _taps.Dx[tap - 1] + 1;
            if (joins) segments[count - 1].Length += length;
            else
                segments[count++] = new Segment
                {
                    Dy = _taps.Dy[tap], Offset = (nint)_taps.Dx[tap] * _pixelStride + channel, Column = at - column,
                    Length = length
                };
            at += length;
        }
        return count;
    }

    /// <summary>Copies one segment of <paramref name="run"/> neighbouring rows of the implicit matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyRun(float* imageRow, int b, int run, in Segment segment, float* target, nint stride)
    {
        nint step = (nint)_stepW * _pixelStride, rowFloats = (nint)_width * _pixelStride;
        nint first = b * step + segment.Offset; // float of the image row where the first pixel's segment starts
        int length = segment.Length;
        // Pixels whose segment lies inside the image row: first + u * step in [0, rowFloats - length].
        int lo = first >= 0 ? 0 : (int)Math.Min(run, (-first + step - 1) / step);
        nint room = rowFloats - length - first;
        int hi = room < 0 ? lo : (int)Math.Clamp(room / step + 1, lo, run);
        for (int u = 0; u < lo; u++) CopyClipped(imageRow, first + u * step, length, rowFloats, target + u * stride);
        CopyRows(target + lo * stride, stride, imageRow + first + lo * step, step, hi - lo, length);
        for (int u = hi; u < run; u++) CopyClipped(imageRow, first + u * step, length, rowFloats, target + u * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyClipped(float* imageRow, nint first, int length, nint rowFloats, float* target)
    {
        nint start = Math.Clamp(-first, 0, length), end = Math.Clamp(rowFloats - first, start, length);
        VectorCopy.Zero(target, start);
        VectorCopy.Copy(target + start, imageRow + first + start, end - start);
        VectorCopy.Zero(target + end, length - end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CopyRows(float* target, nint stride, float* source, nint step, int rows, int length)
    {
        for (; rows > 0; rows--, target += stride, source += step) VectorCopy.Copy(target, source, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ZeroRows(float* target, nint stride, int rows, int length)
    {
        for (; rows > 0; rows--, target += stride) VectorCopy.Zero(target, length);
    }
}
