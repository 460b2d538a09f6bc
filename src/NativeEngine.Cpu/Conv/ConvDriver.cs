using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Strip;
using NativeEngine.Cpu.Winograd;

namespace NativeEngine.Cpu.Conv;

/// <summary>Runs a convolution by the algorithm that its plan chose.</summary>
internal static unsafe class ConvDriver
{
    /// <summary>True when <see cref="Forward"/> can gather moments: every algorithm but the depthwise kernels.</summary>
    public static bool GathersMoments(CpuContext context, in ConvSizes s) =>
        s.N > 0 && context.ConvPlans.Choose(context.ConvPlans.Get(s), ConvPass.Forward) is not (ConvAlgorithm.Depthwise or ConvAlgorithm.Grouped);

    /// <summary>y = epilogue(x ⋆ w); x [N, H, W, C], w [K, R, S, C/groups], y [N, P, Q, K] as they lie in memory.</summary>
    public static void Forward(CpuContext context, in ConvSizes s, float* x, float* w, float* y, Epilogue epilogue)
    {
        if (s.N == 0) return;
        ConvPlan plan = context.ConvPlans.Get(s);
        MicroKernels kernels = MicroKernels.Instance;
        switch (context.ConvPlans.Choose(plan, ConvPass.Forward))
        {
            case ConvAlgorithm.WinogradF4 when s.StrideH == 2: WinogradConv<TileF4Stride2>.Forward(context, kernels, s, x, w, y, epilogue); break;
            case ConvAlgorithm.WinogradF4: WinogradConv<TileF4>.Forward(context, kernels, s, x, w, y, epilogue); break;
            case ConvAlgorithm.WinogradF2: WinogradConv<TileF2>.Forward(context, kernels, s, x, w, y, epilogue); break;
            case ConvAlgorithm.Strip: StripConv.Forward(context, kernels, s, x, w, y, epilogue); break;
            case ConvAlgorithm.Depthwise or ConvAlgorithm.Grouped: DepthwiseConv.Forward(context, plan, x, w, y, epilogue); break;
            default: DirectConv.Forward(context, kernels, plan, x, w, y, epilogue); break;
        }
    }

    /// <summary>dx (+)= gradient of the input.</summary>
    public static void BackwardData(CpuContext context, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        if (s.N == 0) return;
        ConvPlan plan = context.ConvPlans.Get(s);
        MicroKernels kernels = MicroKernels.Instance;
        switch (context.ConvPlans.Choose(plan, ConvPass.BackwardData))
        {
            case ConvAlgorithm.WinogradF4 when s.StrideH == 2: WinogradConv<TileF4Stride2Data>.BackwardData(context, kernels, s, w, dy, dx, accumulate); break;
            case ConvAlgorithm.WinogradF4: WinogradConv<TileF4>.BackwardData(context, kernels, s, w, dy, dx, accumulate); break;
            case ConvAlgorithm.WinogradF2: WinogradConv<TileF2>.BackwardData(context, kernels, s, w, dy, dx, accumulate); break;
            case ConvAlgorithm.Strip: StripConv.BackwardData(context, kernels, s, w, dy, dx, accumulate); break;
            case ConvAlgorithm.Depthwise or ConvAlgorithm.Grouped: DepthwiseConv.BackwardData(context, plan, w, dy, dx, accumulate); break;
            default: DirectConv.BackwardData(context, kernels, plan, w, dy, dx, accumulate); break;
        }
    }

    /// <summary>dw (+)= gradient of the filter.</summary>
    public static void BackwardFilter(CpuContext context, in ConvSizes s, float* x, float* dy, float* dw, bool accumulate)
    {
        if (s.N == 0)
        {
            if (!accumulate) VectorCopy.Zero(dw, (nint)s.K * s.R * s.S * (s.C / s.Groups));
            return;
        }
        ConvPlan plan = context.ConvPlans.Get(s);
        MicroKernels kernels = MicroKernels.Instance;
        switch (context.ConvPlans.Choose(plan, ConvPass.BackwardFilter))
        {
            case ConvAlgorithm.WinogradF4 when s.StrideH == 2: WinogradFilterGradient<TileF4Stride2>.Run(context, kernels, s, x, dy, dw, accumulate); break;
            case ConvAlgorithm.WinogradF4: WinogradFilterGradient<TileF4>.Run(context, kernels, s, x, dy, dw, accumulate); break;
            case ConvAlgorithm.WinogradF2: WinogradFilterGradient<TileF2>.Run(context, kernels, s, x, dy, dw, accumulate); break;
            case ConvAlgorithm.Strip: StripFilterGradient.Run(context, kernels, s, x, dy, dw, accumulate); break;
            case ConvAlgorithm.Depthwise or ConvAlgorithm.Grouped: DepthwiseConv.BackwardFilter(context, plan, x, dy, dw, accumulate); break;
            default: DirectConv.BackwardFilter(context, kernels, plan, x, dy, dw, accumulate); break;
        }
    }
}
