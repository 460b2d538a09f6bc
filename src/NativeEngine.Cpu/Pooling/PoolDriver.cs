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
        context.Pool.Run(rows.Chunks, new Widest<ForwardRows>(new ForwardRows(rows, s, new PoolWindows(s), x, y)));
    }

    /// <summary>
    /// dx (+)= the gradient. Windows may overlap, so one chunk is an image, or a range of its channels where there are fewer images than two per
    /// thread: pieces of pixels are read and written at less than half the speed of whole ones. No sum crosses channels, so the cut changes no bit.
    /// </summary>
    public static void Backward(CpuContext context, in PoolSizes s, float* x, float* y, float* dy, float* dx, bool accumulate)
    {
        int channelChunks = Math.Clamp((2 * context.Threads + s.N - 1) / Math.Max(1, s.N), 1, Math.Max(1, s.C / ChannelUnit));
        context.Pool.Run(s.N * channelChunks, new Widest<BackwardImages>(new BackwardImages(s, new PoolWindows(s), channelChunks, x, y, dy, dx, accumulate)));
    }

    private readonly struct ForwardRows(Partition rows, PoolSizes s, PoolWindows windows, float* x, float* y) : ILaneBody
    {
        public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
        {
            long end = rows.End(chunk);
            for (long row = rows.Start(chunk); row < end; row++)
            {
                (int h, int hEnd, int hDivisor) = s.Rows((int)(row % s.P));
                var pixels = new PoolRow(windows, hEnd - h, hDivisor, (nint)s.W * s.C, s.C, s.C);
                float* input = x + (row / s.P * s.H + h) * s.W * s.C, output = y + row * s.Q * s.C;
                if (s.Mode == PoolMode.Max) pixels.Max<V>(input, output);
                else pixels.Mean<V>(input, output);
            }
        }
    }

    private readonly struct BackwardImages(PoolSizes s, PoolWindows windows, int channelChunks, float* x, float* y, float* dy, float* dx, bool accumulate)
        : ILaneBody
    {
        public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
        {
            int image = chunk / channelChunks, part = chunk % channelChunks;
            int units = (s.C + ChannelUnit - 1) / ChannelUnit;
            int first = units * part / channelChunks * ChannelUnit, end = Math.Min(s.C, units * (part + 1) / channelChunks * ChannelUnit);
            bool add = accumulate || !windows.Tile; // windows that tile the image write every pixel once
            int clear = add && !accumulate ? 0 : s.H; // rows before it are ready to be added to: cleared just before their first use, while they stay in cache
            for (int p = 0; p < s.P; p++)
            {
                (int h, int hEnd, int hDivisor) = s.Rows(p);
                for (; clear < hEnd; clear++) Clear(image, clear, first, end);
                var row = new PoolRow(windows, hEnd - h, hDivisor, (nint)s.W * s.C, s.C, end - first);
                nint input = (((nint)image * s.H + h) * s.W * s.C) + first, output = (((nint)image * s.P + p) * s.Q * s.C) + first;
                if (s.Mode == PoolMode.Max) row.MaxGradient<V>(x + input, y + output, dy + output, dx + input, add);
                else row.MeanGradient<V>(dy + output, dx + input, add);
            }
            for (; clear < s.H; clear++) Clear(image, clear, first, end);
        }

        private void Clear(int image, int row, int first, int end)
        {
            float* pixel = dx + (((nint)image * s.H) + row) * s.W * s.C + first;
            if (end - first == s.C) VectorCopy.Zero(pixel, (nint)s.W * s.C);
            else
            {
                for (int i = 0; i < s.W; i++) VectorCopy.Zero(pixel + (nint)i * s.C, end - first);
            }
        }
    }
}
