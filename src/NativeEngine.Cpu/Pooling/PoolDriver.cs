using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Pooling;

/// <summary>Max and mean pooling of channels-last images, vectorised over channels.</summary>
internal static unsafe class PoolDriver
{
    private const int ChannelUnit = 16;

    /// <summary>y[p, q, c] = max or mean of x over the window of (p, q).</summary>
    public static void Forward(CpuContext context, in PoolSizes s, float* x, float* y)
    {
        Partition rows = Partition.Of((long)s.N * s.P, Math.Max(1, 16384 / Math.Max(1, s.Q * s.C)));
        context.Pool.Run(rows.Chunks, new ForwardRows(rows, s, x, y));
    }

    /// <summary>dx (+)= the gradient. Windows may overlap, so one chunk is a range of channels of one image.</summary>
    public static void Backward(CpuContext context, in PoolSizes s, float* x, float* y, float* dy, float* dx, bool accumulate)
    {
        int channelChunks = Math.Clamp(16 / Math.Max(1, s.N), 1, Math.Max(1, s.C / ChannelUnit));
        context.Pool.Run(s.N * channelChunks, new BackwardImages(s, channelChunks, x, y, dy, dx, accumulate));
    }

    private readonly struct ForwardRows(Partition rows, PoolSizes s, float* x, float* y) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long end = rows.End(chunk);
            for (long row = rows.Start(chunk); row < end; row++)
            {
                int p = (int)(row % s.P);
                (int h, int hEnd, int hDivisor) = s.Rows(p);
                float* image = x + row / s.P * s.H * s.W * s.C;
                for (int q = 0; q < s.Q; q++)
                {
                    (int w, int wEnd, int wDivisor) = s.Columns(q);
                    var kernel = new WindowKernel(image + ((nint)h * s.W + w) * s.C, hEnd - h, wEnd - w, (nint)s.W * s.C, s.C, s.Mode == PoolMode.Max, 1f / (hDivisor * wDivisor), y + (row * s.Q + q) * s.C);
                    VectorLoop.Run(kernel, s.C);
                }
            }
        }
    }

    /// <summary>One output pixel from its window.</summary>
    private readonly struct WindowKernel(float* x, int rows, int columns, nint rowStride, nint pixelStride, bool max, float scale, float* y) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            for (nint c = start; c < end; c += V.Width)
            {
                V result = max ? V.Create(float.NegativeInfinity) : default;
                float* row = x + c;
                for (int i = 0; i < rows; i++, row += rowStride)
                {
                    float* pixel = row;
                    for (int j = 0; j < columns; j++, pixel += pixelStride)
                    {
                        V value = V.Load(pixel);
                        result = max ? V.Max(result, value) : (result + value);
                    }
                }
                V.Store(max ? result : (result * V.Create(scale)), y + c);
            }
        }
    }

    private readonly struct BackwardImages(PoolSizes s, int channelChunks, float* x, float* y, float* dy, float* dx, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int image = chunk / channelChunks, part = chunk % channelChunks;
            int units = (s.C + ChannelUnit - 1) / ChannelUnit;
            int first = units * part / channelChunks * ChannelUnit, end = Math.Min(s.C, units * (part + 1) / channelChunks * ChannelUnit);
            nint imageOffset = (nint)image * s.H * s.W * s.C + first;
            if (!accumulate && channelChunks == 1) VectorCopy.Zero(dx + imageOffset, (nint)s.H * s.W * s.C);
            else if (!accumulate)
            {
                for (int i = 0; i < s.H * s.W; i++) VectorCopy.Zero(dx + imageOffset + (nint)i * s.C, end - first);
            }
            for (int p = 0; p < s.P; p++)
            {
                (int h, int hEnd, int hDivisor) = s.Rows(p);
                for (int q = 0; q < s.Q; q++)
                {
                    (int w, int wEnd, int wDivisor) = s.Columns(q);
                    nint input = imageOffset + ((nint)h * s.W + w) * s.C, output = (((nint)image * s.P + p) * s.Q + q) * s.C + first;
                    if (s.Mode == PoolMode.Max) VectorLoop.Run(new MaxGradient(x + input, dx + input, y + output, dy + output, hEnd - h, wEnd - w, (nint)s.W * s.C, s.C), end - first);
                    else VectorLoop.Run(new MeanGradient(dx + input, dy + output, hEnd - h, wEnd - w, (nint)s.W * s.C, s.C, 1f / (hDivisor * wDivisor)), end - first);
                }
            }
        }
    }

    /// <summary>Gives dy to the first element of the window that equals y, separately in every channel.</summary>
    private readonly struct MaxGradient(float* x, float* dx, float* y, float* dy, int rows, int columns, nint rowStride, nint pixelStride) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            for (nint c = start; c < end; c += V.Width)
            {
                V largest = V.Load(y + c), rest = V.Load(dy + c); // rest: the gradient of the lanes whose maximum is still ahead
                for (int i = 0; i < rows; i++)
                {
                    nint at = c + i * rowStride;
                    for (int j = 0; j < columns; j++, at += pixelStride)
                    {
                        V value = V.Load(x + at);
                        V.Store((V.Load(dx + at) + LaneMasks.WhereSame(value, largest, rest)), dx + at);
                        rest = LaneMasks.WhereDifferent(value, largest, rest);
                    }
                }
            }
        }
    }

    /// <summary>Spreads dy * scale over the window.</summary>
    private readonly struct MeanGradient(float* dx, float* dy, int rows, int columns, nint rowStride, nint pixelStride, float scale) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            for (nint c = start; c < end; c += V.Width)
            {
                V share = V.Load(dy + c) * V.Create(scale);
                for (int i = 0; i < rows; i++)
                {
                    nint at = c + i * rowStride;
                    for (int j = 0; j < columns; j++, at += pixelStride) V.Store((V.Load(dx + at) + share), dx + at);
                }
            }
        }
    }
}
