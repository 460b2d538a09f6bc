using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Conv;

/// <summary>
/// Convolution as an implicit matrix product, for every window, stride, padding, dilation and group count.
/// Error against exact arithmetic: that of a sum of C/groups * R * S products in float.
/// </summary>
internal static unsafe class DirectConv
{
    /// <summary>y[pixel, k] = sum over (tap, c) of x[pixel + tap, c] * w[k, tap, c].</summary>
    public static void Forward(CpuContext context, MicroKernels kernels, ConvPlan plan, float* x, float* w, float* y, Epilogue epilogue)
    {
        ConvSizes s = plan.Sizes;
        int channels = s.C / s.Groups, filters = s.K / s.Groups, depth = s.R * s.S * channels, pixels = s.N * s.P * s.Q;
        for (int g = 0; g < s.Groups; g++)
        {
            var right = new MatrixPanels(w + (long)g * filters * depth, depth, true);
            var target = new MatrixTarget(y + g * filters, s.K);
            Epilogue part = epilogue;
            if (part.Bias != null) part.Bias += g * filters;
            if (part.Residual != null) part.Residual += g * filters;
            part.Moments = part.Moments.From(g * filters);
            if (plan.IsPointwise)
                GemmDriver.Rows(context, kernels, new MatrixRows(x + g * channels, s.C, false), right, target, pixels, filters, depth, false, part);
            else GemmDriver.Rows(context, kernels, Gather(plan, x + g * channels), right, target, pixels, filters, depth, false, part);
        }
    }

    /// <summary>dx[pixel, c] (+)= sum over (tap, k) of dy[pixel - tap, k] * w[k, tap, c].</summary>
    public static void BackwardData(CpuContext context, MicroKernels kernels, ConvPlan plan, float* w, float* dy, float* dx, bool accumulate)
    {
        ConvSizes s = plan.Sizes;
        int channels = s.C / s.Groups, filters = s.K / s.Groups;
        foreach (ParityClass part in plan.Classes)
        {
            int pixels = s.N * part.GridH * part.GridW, depth = part.Taps.Count * filters;
            if (depth == 0)
            {
                if (!accumulate) context.Pool.Run(s.N, new ZeroClass(dx, s, part));
                continue;
            }
            for (int g = 0; g < s.Groups; g++)
            {
                var right = new TransposedFilterPanels(w + (long)g * filters * s.R * s.S * channels, part.Taps, filters, s.R * s.S, channels);
                float* left = dy + g * filters, target = dx + g * channels;
                if (plan.IsPointwise)
                {
                    GemmDriver.Rows(context, kernels, new MatrixRows(left, s.K, false), right, new MatrixTarget(target, s.C), pixels, channels, depth,
                        accumulate, default);
                    continue;
                }
                var rows = new ImplicitRows(left, part.Taps, part.GridH, part.GridW, 1, 1, s.P, s.Q, s.K, filters);
                if (s.StrideH == 1 && s.StrideW == 1)
                    GemmDriver.Rows(context, kernels, rows, right, new MatrixTarget(target, s.C), pixels, channels, depth, accumulate, default);
                else
                {
                    var pixelsOfClass = new ParityTarget(target, part.GridH, part.GridW, s.StrideH, s.StrideW, part.OffsetH, part.OffsetW, s.H, s.W, s.C,
                        accumulate);
                    GemmDriver.Rows(context, kernels, rows, right, pixelsOfClass, pixels, channels, depth, false, default);
                }
            }
        }
    }

    /// <summary>dw[k, (tap, c)] (+)= sum over pixels of dy[pixel, k] * x[pixel + tap, c].</summary>
    public static void BackwardFilter(CpuContext context, MicroKernels kernels, ConvPlan plan, float* x, float* dy, float* dw, bool accumulate)
    {
        ConvSizes s = plan.Sizes;
        int channels = s.C / s.Groups, filters = s.K / s.Groups, depth = s.R * s.S * channels, pixels = s.N * s.P * s.Q;
        for (int g = 0; g < s.Groups; g++)
        {
            var left = new MatrixRows(dy + g * filters, s.K, false);
            float* target = dw + (long)g * filters * depth;
            if (plan.IsPointwise)
                GemmDriver.KMajor(context, kernels, left, new MatrixRows(x + g * channels, s.C, false), target, depth, filters, depth, pixels, accumulate);
            else GemmDriver.KMajor(context, kernels, left, Gather(plan, x + g * channels), target, depth, filters, depth, pixels, accumulate);
        }
    }

    private static ImplicitRows Gather(ConvPlan plan, float* x)
    {
        ConvSizes s = plan.Sizes;
        return new ImplicitRows(x, plan.Forward, s.P, s.Q, s.StrideH, s.StrideW, s.H, s.W, s.C, s.C / s.Groups);
    }

    /// <summary>Input pixels that no window covers have no gradient; one chunk is one image.</summary>
    private readonly struct ZeroClass(float* dx, ConvSizes s, ParityClass part) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            for (int a = 0; a < part.GridH; a++)
            {
                for (int b = 0; b < part.GridW; b++)
                {
                    VectorCopy.Zero(dx + (((nint)chunk * s.H + part.OffsetH + a * s.StrideH) * s.W + part.OffsetW + b * s.StrideW) * s.C, s.C);
                }
            }
        }
    }
}
