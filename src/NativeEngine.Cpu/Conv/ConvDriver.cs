using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Conv;

/// <summary>Chooses how a convolution is computed.</summary>
internal static unsafe class ConvDriver
{
    /// <summary>y = epilogue(x ⋆ w); x [N, H, W, C], w [K, R, S, C/groups], y [N, P, Q, K] as they lie in memory.</summary>
    public static void Forward(CpuContext context, in ConvSizes s, float* x, float* w, float* y, Epilogue epilogue)
    {
        if (s.N == 0 || s.K == 0) return;
        ConvPlan plan = context.ConvPlans.Get(s);
        if (plan.IsDepthwise) DepthwiseConv.Forward(context, plan, x, w, y, epilogue);
        else DirectConv.Forward(context, MicroKernels.Instance, plan, x, w, y, epilogue);
    }

    /// <summary>dx (+)= gradient of the input.</summary>
    public static void BackwardData(CpuContext context, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        if (s.N == 0 || s.C == 0) return;
        ConvPlan plan = context.ConvPlans.Get(s);
        if (plan.IsDepthwise) DepthwiseConv.BackwardData(context, plan, w, dy, dx, accumulate);
        else DirectConv.BackwardData(context, MicroKernels.Instance, plan, w, dy, dx, accumulate);
    }

    /// <summary>dw (+)= gradient of the filter.</summary>
    public static void BackwardFilter(CpuContext context, in ConvSizes s, float* x, float* dy, float* dw, bool accumulate)
    {
        if (s.K == 0 || s.C == 0) return;
        if (s.N == 0)
        {
            if (!accumulate) new Span<float>(dw, s.K * s.R * s.S * (s.C / s.Groups)).Clear();
            return;
        }
        ConvPlan plan = context.ConvPlans.Get(s);
        if (plan.IsDepthwise) DepthwiseConv.BackwardFilter(context, plan, x, dy, dw, accumulate);
        else DirectConv.BackwardFilter(context, MicroKernels.Instance, plan, x, dy, dw, accumulate);
    }
}
