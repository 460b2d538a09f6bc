using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Conv;

/// <summary>
/// Depthwise convolution (one filter plane per channel), vectorised over channels. The filter [C, R, S] is turned to [R * S, C] first,
/// so that taps and pixels have the same layout.
/// </summary>
internal static unsafe class DepthwiseConv
{
    private const int RowsPerChunk = 4;
    private const int MaxFilterChunks = 16;

    /// <summary>y[p, c] = sum over taps of x[p + tap, c] * w[c, tap].</summary>
    public static void Forward(CpuContext context, ConvPlan plan, float* x, float* w, float* y, Epilogue epilogue)
    {
        ConvSizes s = plan.Sizes;
        NativeBlock turned = TurnFilter(context, s, w);
        try
        {
            Partition rows = Partition.Of((long)s.N * s.P, RowsPerChunk);
            context.Pool.Run(rows.Chunks, new TapSum(rows, x, turned.Floats, y, plan.Forward, s.P, s.Q, s.StrideH, s.StrideW, s.H, s.W, s.C, new ParityClass(0, 0, s.P, s.Q, plan.Forward), 1, 1, s.P, s.Q, false, epilogue));
        }
        finally
        {
            context.Memory.Return(turned);
        }
    }

    /// <summary>dx[h, c] (+)= sum over the taps that reach h of dy[p, c] * w[c, tap].</summary>
    public static void BackwardData(CpuContext context, ConvPlan plan, float* w, float* dy, float* dx, bool accumulate)
    {
        ConvSizes s = plan.Sizes;
        NativeBlock turned = TurnFilter(context, s, w);
        try
        {
            foreach (ParityClass part in plan.Classes)
            {
                Partition rows = Partition.Of((long)s.N * part.GridH, RowsPerChunk);
                context.Pool.Run(rows.Chunks, new TapSum(rows, dy, turned.Floats, dx, part.Taps, part.GridH, part.GridW, 1, 1, s.P, s.Q, s.C, part, s.StrideH, s.StrideW, s.H, s.W, accumulate, default));
            }
        }
        finally
        {
            context.Memory.Return(turned);
        }
    }

    /// <summary>dw[c, tap] (+)= sum over pixels of dy[p, c] * x[p + tap, c]; fixed ranges of rows are summed in their order.</summary>
    public static void BackwardFilter(CpuContext context, ConvPlan plan, float* x, float* dy, float* dw, bool accumulate)
    {
        ConvSizes s = plan.Sizes;
        int taps = s.R * s.S;
        Partition rows = Partition.Of((long)s.N * s.P, RowsPerChunk, maxChunks: MaxFilterChunks);
        NativeBlock partial = context.Memory.Rent((long)rows.Chunks * taps * s.C * sizeof(float));
        try
        {
            context.Pool.Run(rows.Chunks, new FilterSum(rows, plan, x, dy, partial.Floats));
            for (int chunk = 1; chunk < rows.Chunks; chunk++) VectorCopy.Add(partial.Floats, partial.Floats + (nint)chunk * taps * s.C, taps * s.C);
            for (int c = 0; c < s.C; c++)
            {
                for (int t = 0; t < taps; t++)
                {
                    float sum = partial.Floats[t * s.C + c];
                    dw[c * taps + t] = accumulate ? dw[c * taps + t] + sum : sum;
                }
            }
        }
        finally
        {
            context.Memory.Return(partial);
        }
    }

    private static NativeBlock TurnFilter(CpuContext context, in ConvSizes s, float* w)
    {
        NativeBlock turned = context.Memory.Rent((long)s.R * s.S * s.C * sizeof(float));
        Transpose.Copy(w, s.R * s.S, s.C, s.R * s.S, turned.Floats, s.C);
        return turned;
    }

    /// <summary>Sums taps for rows of a grid: the forward pass, and one class of pixels of backward-data.</summary>
    private readonly struct TapSum(
        Partition rows, float* source, float* w, float* target, TapTable taps, int gridH, int gridW, int stepH, int stepW, int height, int width, int channels,
        ParityClass place, int targetStepH, int targetStepW, int targetHeight, int targetWidth, bool accumulate, Epilogue epilogue) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long end = rows.End(chunk);
            nint* offsets = stackalloc nint[2 * taps.Count];
            for (long row = rows.Start(chunk); row < end; row++) Row((int)(row / gridH), (int)(row % gridH), offsets);
        }

        private void Row(int image, int a, nint* offsets)
        {
            // Columns in which every tap lies inside the image share one list of taps.
            int minDx = 0, maxDx = 0;
            foreach (int dx in taps.Dx)
            {
                minDx = Math.Min(minDx, dx);
                maxDx = Math.Max(maxDx, dx);
            }
            int inner = Math.Clamp((-minDx + stepW - 1) / stepW, 0, gridW);
            int innerEnd = Math.Clamp((width - 1 - maxDx) < 0 ? 0 : (width - 1 - maxDx) / stepW + 1, inner, gridW);
            for (int b = 0; b < inner; b++) Run(image, a, b, 1, offsets);
            if (innerEnd > inner) Run(image, a, inner, innerEnd - inner, offsets);
            for (int b = innerEnd; b < gridW; b++) Run(image, a, b, 1, offsets);
        }

        private void Run(int image, int a, int b, int count, nint* offsets)
        {
            int valid = 0;
            float* pixel = source + (((nint)image * height + a * stepH) * width + b * stepW) * channels;
            for (int t = 0; t < taps.Count; t++)
            {
                int y = a * stepH + taps.Dy[t], x = b * stepW + taps.Dx[t];
                if ((uint)y >= (uint)height || (uint)x >= (uint)width) continue;
                offsets[2 * valid] = ((nint)taps.Dy[t] * width + taps.Dx[t]) * channels;
                offsets[2 * valid + 1] = (nint)taps.Filter[t] * channels;
                valid++;
            }
            int targetRow = place.OffsetH + a * targetStepH, targetColumn = place.OffsetW + b * targetStepW;
            nint at = (((nint)image * targetHeight + targetRow) * targetWidth + targetColumn) * channels;
            nint targetStep = (nint)targetStepW * channels;
            VectorLoop.Run(new TapKernel(pixel, (nint)stepW * channels, w, offsets, valid, target + at, targetStep, count, accumulate), channels);
            if (epilogue.IsEmpty) return;
            epilogue.Apply(target + at, channels, at / channels, 0, count, channels); // forward only: targetStep == channels
        }
    }

    /// <summary>y[u, c] (+)= sum over taps of x[u * step + offset, c] * w[tap, c] for a run of pixels.</summary>
    private readonly struct TapKernel(float* x, nint step, float* w, nint* offsets, int taps, float* y, nint yStep, int count, bool accumulate) : IColumnKernel
    {
        public void Run<T, V>(nint start, nint end) where T : struct, IVectorOps<V> where V : struct
        {
            nint c = start;
            for (; c + 4 * T.Width <= end; c += 4 * T.Width)
            {
                float* pixel = x + c, result = y + c;
                for (int u = 0; u < count; u++, pixel += step, result += yStep) Four<T, V>(pixel, w + c, result);
            }
            for (; c < end; c += T.Width)
            {
                float* pixel = x + c, result = y + c;
                for (int u = 0; u < count; u++, pixel += step, result += yStep) One<T, V>(pixel, w + c, result);
            }
        }

        private void Four<T, V>(float* pixel, float* filter, float* result) where T : struct, IVectorOps<V> where V : struct
        {
            V s0 = accumulate ? T.Load(result) : T.Zero, s1 = accumulate ? T.Load(result + T.Width) : T.Zero;
            V s2 = accumulate ? T.Load(result + 2 * T.Width) : T.Zero, s3 = accumulate ? T.Load(result + 3 * T.Width) : T.Zero;
            for (int t = 0; t < taps; t++)
            {
                float* p = pixel + offsets[2 * t], f = filter + offsets[2 * t + 1];
                s0 = T.MultiplyAdd(T.Load(p), T.Load(f), s0);
                s1 = T.MultiplyAdd(T.Load(p + T.Width), T.Load(f + T.Width), s1);
                s2 = T.MultiplyAdd(T.Load(p + 2 * T.Width), T.Load(f + 2 * T.Width), s2);
                s3 = T.MultiplyAdd(T.Load(p + 3 * T.Width), T.Load(f + 3 * T.Width), s3);
            }
            T.Store(s0, result);
            T.Store(s1, result + T.Width);
            T.Store(s2, result + 2 * T.Width);
            T.Store(s3, result + 3 * T.Width);
        }

        private void One<T, V>(float* pixel, float* filter, float* result) where T : struct, IVectorOps<V> where V : struct
        {
            V sum = accumulate ? T.Load(result) : T.Zero;
            for (int t = 0; t < taps; t++) sum = T.MultiplyAdd(T.Load(pixel + offsets[2 * t]), T.Load(filter + offsets[2 * t + 1]), sum);
            T.Store(sum, result);
        }
    }

    /// <summary>Filter gradient of a range of output rows into a partial sum [R * S, C].</summary>
    private readonly struct FilterSum(Partition rows, ConvPlan plan, float* x, float* dy, float* partial) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            ConvSizes s = plan.Sizes;
            TapTable taps = plan.Forward;
            float* sum = partial + (nint)chunk * taps.Count * s.C;
            VectorCopy.Zero(sum, taps.Count * s.C);
            long end = rows.End(chunk);
            for (long row = rows.Start(chunk); row < end; row++)
            {
                int image = (int)(row / s.P), p = (int)(row % s.P);
                for (int t = 0; t < taps.Count; t++)
                {
                    int h = p * s.StrideH + taps.Dy[t], dx = taps.Dx[t];
                    if ((uint)h >= (uint)s.H) continue;
                    int first = dx >= 0 ? 0 : (-dx + s.StrideW - 1) / s.StrideW;
                    int last = s.W - 1 - dx < 0 ? 0 : Math.Min(s.Q, (s.W - 1 - dx) / s.StrideW + 1);
                    if (last <= first) continue;
                    float* source = x + (((nint)image * s.H + h) * s.W + first * s.StrideW + dx) * s.C;
                    float* gradient = dy + (row * s.Q + first) * s.C;
                    VectorLoop.Run(new FilterKernel(source, (nint)s.StrideW * s.C, gradient, s.C, sum + (nint)t * s.C, last - first), s.C);
                }
            }
        }
    }

    /// <summary>sum[c] += sum over a run of pixels of dy[u, c] * x[u * step, c].</summary>
    private readonly struct FilterKernel(float* x, nint step, float* dy, nint dyStep, float* sum, int count) : IColumnKernel
    {
        public void Run<T, V>(nint start, nint end) where T : struct, IVectorOps<V> where V : struct
        {
            nint c = start;
            for (; c + 4 * T.Width <= end; c += 4 * T.Width)
            {
                float* p = x + c, g = dy + c, s = sum + c;
                V s0 = T.Load(s), s1 = T.Load(s + T.Width), s2 = T.Load(s + 2 * T.Width), s3 = T.Load(s + 3 * T.Width);
                for (int u = 0; u < count; u++, p += step, g += dyStep)
                {
                    s0 = T.MultiplyAdd(T.Load(p), T.Load(g), s0);
                    s1 = T.MultiplyAdd(T.Load(p + T.Width), T.Load(g + T.Width), s1);
                    s2 = T.MultiplyAdd(T.Load(p + 2 * T.Width), T.Load(g + 2 * T.Width), s2);
                    s3 = T.MultiplyAdd(T.Load(p + 3 * T.Width), T.Load(g + 3 * T.Width), s3);
                }
                T.Store(s0, s);
                T.Store(s1, s + T.Width);
                T.Store(s2, s + 2 * T.Width);
                T.Store(s3, s + 3 * T.Width);
            }
            for (; c < end; c += T.Width)
            {
                float* p = x + c, g = dy + c;
                V s0 = T.Load(sum + c);
                for (int u = 0; u < count; u++, p += step, g += dyStep) s0 = T.MultiplyAdd(T.Load(p), T.Load(g), s0);
                T.Store(s0, sum + c);
            }
        }
    }
}
