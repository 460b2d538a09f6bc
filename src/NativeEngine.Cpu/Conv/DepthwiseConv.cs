using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Conv;

/// <summary>
/// Depthwise convolution (one filter plane per channel) and convolution of small groups (m channels in, m out), vectorised over channels. The
/// filter [C, R, S, m] is turned to [R * S, m, C] first, so that taps and pixels have the same layout.
/// </summary>
internal static unsafe partial class DepthwiseConv
{
    private const int RowsPerChunk = 4;
    private const int MaxFilterChunks = 16;

    /// <summary>True for groups of 4, 8 or 16 channels that the widest vectors hold whole: wider ones are matrix products of their own.</summary>
    public static bool SupportsGroups(in ConvSizes s)
    {
        int group = s.C / s.Groups;
        return s.Groups > 1 && s.C == s.K && group is 4 or 8 or 16 && group <= MicroKernels.Instance.Width;
    }

    /// <summary>y[p, c] = sum over taps of x[p + tap, c] * w[c, tap]; with groups also over the channels of c's group.</summary>
    public static void Forward(CpuContext context, ConvPlan plan, float* x, float* w, float* y, Epilogue epilogue)
    {
        ConvSizes s = plan.Sizes;
        NativeBlock turned = TurnFilter(context, s, w, transposed: false);
        try
        {
            Partition rows = Partition.Of((long)s.N * s.P, RowsPerChunk);
            context.Pool.Run(rows.Chunks, new TapSum(rows, x, turned.Floats, y, plan.Forward, s.P, s.Q, s.StrideH, s.StrideW, s.H, s.W, s.C,
                new ParityClass(0, 0, s.P, s.Q, plan.Forward), 1, 1, s.P, s.Q, false, epilogue, s.C / s.Groups));
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
        NativeBlock turned = TurnFilter(context, s, w, transposed: true);
        try
        {
            foreach (ParityClass part in plan.Classes)
            {
                Partition rows = Partition.Of((long)s.N * part.GridH, RowsPerChunk);
                context.Pool.Run(rows.Chunks, new TapSum(rows, dy, turned.Floats, dx, part.Taps, part.GridH, part.GridW, 1, 1, s.P, s.Q, s.C, part, s.StrideH,
                    s.StrideW, s.H, s.W, accumulate, default, s.C / s.Groups));
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
        int taps = s.R * s.S * (s.C / s.Groups); // each with every channel of a group
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

    /// <summary>[tap, j, c] from w[c, tap, j], or for backward-data from w[first channel of c's group + j, tap, c's place in its group].</summary>
    private static NativeBlock TurnFilter(CpuContext context, in ConvSizes s, float* w, bool transposed)
    {
        int group = s.C / s.Groups, taps = s.R * s.S;
        NativeBlock turned = context.Memory.Rent((long)taps * group * s.C * sizeof(float));
        if (!transposed || group == 1)
        {
            Transpose.Copy(w, taps * group, s.C, taps * group, turned.Floats, s.C);
            return turned;
        }
        for (int t = 0; t < taps; t++)
        {
            for (int j = 0; j < group; j++)
            {
                float* target = turned.Floats + ((nint)t * group + j) * s.C;
                for (int c = 0; c < s.C; c++) target[c] = w[((nint)(c / group * group + j) * taps + t) * group + c % group];
            }
        }
        return turned;
    }

    /// <summary>Sums taps for rows of a grid: the forward pass, and one class of pixels of backward-data.</summary>
    private readonly struct TapSum(
        Partition rows, float* source, float* w, float* target, TapTable taps, int gridH, int gridW, int stepH, int stepW, int height, int width, int channels,
        ParityClass place, int targetStepH, int targetStepW, int targetHeight, int targetWidth, bool accumulate, Epilogue epilogue, int group) : IChunkBody
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
                offsets[2 * valid + 1] = (nint)taps.Filter[t] * group * channels;
                valid++;
            }
            int targetRow = place.OffsetH + a * targetStepH, targetColumn = place.OffsetW + b * targetStepW;
            nint at = (((nint)image * targetHeight + targetRow) * targetWidth + targetColumn) * channels;
            nint targetStep = (nint)targetStepW * channels;
            if (group == 1)
                VectorLoop.Run(new TapKernel(pixel, (nint)stepW * channels, w, offsets, valid, target + at, targetStep, count, accumulate), channels);
            else
                VectorLoop.Run(new GroupKernel(pixel, (nint)stepW * channels, w, channels, group, offsets, valid, target + at, targetStep, count, accumulate),
                    channels);
            if (epilogue.IsEmpty) return;
            epilogue.Apply(target + at, channels, at / channels, 0, count, channels); // forward only: targetStep == channels
        }
    }

    /// <summary>y[u, c] (+)= sum over taps of x[u * step + offset, c] * w[tap, c] for a run of pixels.</summary>
    private readonly struct TapKernel(float* x, nint step, float* w, nint* offsets, int taps, float* y, nint yStep, int count, bool accumulate) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            nint c = start;
            for (; c + 4 * V.Width <= end; c += 4 * V.Width)
            {
                float* pixel = x + c, result = y + c;
                for (int u = 0; u < count; u++, pixel += step, result += yStep) Four<V>(pixel, w + c, result);
            }
            for (; c < end; c += V.Width)
            {
                float* pixel = x + c, result = y + c;
                for (int u = 0; u < count; u++, pixel += step, result += yStep) One<V>(pixel, w + c, result);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Four<V>(float* pixel, float* filter, float* result) where V : struct, ILanes<V>
        {
            V s0 = accumulate ? V.Load(result) : default, s1 = accumulate ? V.Load(result + V.Width) : default;
            V s2 = accumulate ? V.Load(result + 2 * V.Width) : default, s3 = accumulate ? V.Load(result + 3 * V.Width) : default;
            for (int t = 0; t < taps; t++)
            {
                float* p = pixel + offsets[2 * t], f = filter + offsets[2 * t + 1];
                s0 = V.MultiplyAdd(V.Load(p), V.Load(f), s0);
                s1 = V.MultiplyAdd(V.Load(p + V.Width), V.Load(f + V.Width), s1);
                s2 = V.MultiplyAdd(V.Load(p + 2 * V.Width), V.Load(f + 2 * V.Width), s2);
                s3 = V.MultiplyAdd(V.Load(p + 3 * V.Width), V.Load(f + 3 * V.Width), s3);
            }
            V.Store(s0, result);
            V.Store(s1, result + V.Width);
            V.Store(s2, result + 2 * V.Width);
            V.Store(s3, result + 3 * V.Width);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void One<V>(float* pixel, float* filter, float* result) where V : struct, ILanes<V>
        {
            V sum = accumulate ? V.Load(result) : default;
            for (int t = 0; t < taps; t++) sum = V.MultiplyAdd(V.Load(pixel + offsets[2 * t]), V.Load(filter + offsets[2 * t + 1]), sum);
            V.Store(sum, result);
        }
    }

    /// <summary>Filter gradient of a range of output rows into a partial sum [R * S, C].</summary>
    private readonly struct FilterSum(Partition rows, ConvPlan plan, float* x, float* dy, float* partial) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            ConvSizes s = plan.Sizes;
            TapTable taps = plan.Forward;
            int group = s.C / s.Groups;
            float* sum = partial + (nint)chunk * taps.Count * group * s.C;
            VectorCopy.Zero(sum, taps.Count * group * s.C);
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
                    if (group == 1) VectorLoop.Run(new FilterKernel(source, (nint)s.StrideW * s.C, gradient, s.C, sum + (nint)t * s.C, last - first), s.C);
                    else
                        VectorLoop.Run(new GroupFilterKernel(source, (nint)s.StrideW * s.C, gradient, s.C, sum + (nint)t * group * s.C, group, last - first),
                            s.C);
                }
            }
        }
    }

    /// <summary>sum[c] += sum over a run of pixels of dy[u, c] * x[u * step, c].</summary>
    private readonly struct FilterKernel(float* x, nint step, float* dy, nint dyStep, float* sum, int count) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            nint c = start;
            for (; c + 4 * V.Width <= end; c += 4 * V.Width)
            {
                float* p = x + c, g = dy + c, s = sum + c;
                V s0 = V.Load(s), s1 = V.Load(s + V.Width), s2 = V.Load(s + 2 * V.Width), s3 = V.Load(s + 3 * V.Width);
                for (int u = 0; u < count; u++, p += step, g += dyStep)
                {
                    s0 = V.MultiplyAdd(V.Load(p), V.Load(g), s0);
                    s1 = V.MultiplyAdd(V.Load(p + V.Width), V.Load(g + V.Width), s1);
                    s2 = V.MultiplyAdd(V.Load(p + 2 * V.Width), V.Load(g + 2 * V.Width), s2);
                    s3 = V.MultiplyAdd(V.Load(p + 3 * V.Width), V.Load(g + 3 * V.Width), s3);
                }
                V.Store(s0, s);
                V.Store(s1, s + V.Width);
                V.Store(s2, s + 2 * V.Width);
                V.Store(s3, s + 3 * V.Width);
            }
            for (; c < end; c += V.Width)
            {
                float* p = x + c, g = dy + c;
                V s0 = V.Load(sum + c);
                for (int u = 0; u < count; u++, p += step, g += dyStep) s0 = V.MultiplyAdd(V.Load(p), V.Load(g), s0);
                V.Store(s0, sum + c);
            }
        }
    }
}
