using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <summary>Which algorithm every convolution seen so far takes, or why the engine's own kernels do it.</summary>
    public IReadOnlyList<string> ConvolutionPlans =>
        _convolutions is null ? []
            : [.. _convolutions.Plans.Select(static p => $"{p.Key.Pass} {p.Key.Sizes}{(p.Key.Bias ? " with bias" : "")}: {Decision(p.Key, p.Plan)}")];

    /// <inheritdoc/>
    public void ConvForward(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        if (y.Count == 0)
            return;
        ulong px = Address(x), pw = Address(w), pb = AddressOrNull(bias), py = Address(y);
        int alignment = BlasProducts.Alignment(px, pw, py);
        if (pb != 0 && pb % BiasAlignment == 0 && LibraryPlan(new(ConvPass.Forward, s, true, alignment), px, pw, py) is { } fused
                && _convolutions!.TryForwardWithBias(fused, px, pw, pb, py))
            return;
        if (LibraryPlan(new(ConvPass.Forward, s, false, alignment), px, pw, py) is { } plan)
        {
            _convolutions!.Forward(plan, px, pw, py);
            if (pb != 0)
                AddBias(py, pb, y.Count / s.K, s.K);
            return;
        }
        bool tiles = ConvKernels.PrefersTiles(s);
        Launch(tiles ? ConvKernels.TiledForward : ConvKernels.Forward, tiles ? ConvKernels.TiledForwardShape(s) : LaunchShape.Elements(y.Count),
            new(px, pw, pb, py, s));
    }

    /// <inheritdoc/>
    public void ConvBackwardData(in ConvSizes s, Tensor w, Tensor dy, GradTarget dx)
    {
        var target = dx.Tensor!;
        if (target.Count == 0)
            return;
        ulong pw = Address(w), pdy = Address(dy), pdx = Address(target);
        if (LibraryPlan(new(ConvPass.BackwardData, s, false, BlasProducts.Alignment(pw, pdy, pdx)), pdx, pw, pdy) is { } plan)
        {
            _convolutions!.BackwardData(plan, pw, pdy, pdx, dx.Accumulate);
            return;
        }
        bool tiles = ConvKernels.PrefersTiles(s);
        Launch(tiles ? ConvKernels.TiledBackwardData : ConvKernels.BackwardData,
            tiles ? ConvKernels.TiledBackwardDataShape(s) : LaunchShape.Elements(target.Count),
            new(pw, pdy, pdx, s, dx.Accumulate ? 1 : 0));
    }

    /// <inheritdoc/>
    public void ConvBackwardFilter(in ConvSizes s, Tensor x, Tensor dy, GradTarget dw)
    {
        var target = dw.Tensor!;
        if (target.Count == 0)
            return;
        if (dy.Count == 0)
        {
            if (!dw.Accumulate)
                Fill(target, 0);
            return;
        }
        ulong px = Address(x), pdy = Address(dy), pdw = Address(target);
        if (LibraryPlan(new(ConvPass.BackwardFilter, s, false, BlasProducts.Alignment(px, pdy, pdw)), px, pdw, pdy) is { } plan)
        {
            _convolutions!.BackwardFilter(plan, px, pdy, pdw, dw.Accumulate);
            return;
        }
        FilterGradient(s, px, pdy, target, dw.Accumulate);
    }

    /// <inheritdoc/>
    public void PoolForward(in PoolSizes s, Tensor x, Tensor y) =>
        Launch(s.Mode == PoolMode.Max ? ConvKernels.MaxPool : ConvKernels.AveragePool, ConvKernels.PoolingShape(s.Output), new(Address(x), Address(y), s));

    /// <inheritdoc/>
    public void PoolBackward(in PoolSizes s, Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
        var target = dx.Tensor!;
        if (s.Mode == PoolMode.Max)
            Launch(ConvKernels.MaxPoolGradient, ConvKernels.PoolingShape(s.Input),
                new(Address(x), Address(y), Address(dy), Address(target), s, dx.Accumulate ? 1 : 0));
        else
            Launch(ConvKernels.AveragePoolGradient, ConvKernels.PoolingShape(s.Input), new(Address(dy), Address(target), s, dx.Accumulate ? 1 : 0));
    }

    private static string Decision(in ConvPlanKey key, ConvPlan plan) =>
        plan.Algo >= 0 ? $"algorithm {plan.Algo}, workspace {plan.WorkspaceBytes}" : (key.Bias ? "added apart, " : "own kernels, ") + plan.Refusal;

    /// <summary>y [rows, channels] += bias, in place.</summary>
    private void AddBias(ulong y, ulong bias, long rows, int channels) =>
        Launch(ElementwiseKernels.ForwardStrided(BinaryOp.Add), LaunchShape.Elements(rows * channels),
            new(y, bias, y, KernelWalk.Create([checked((int)rows), channels], [channels, 1], [0, 1]), rows * channels));

    /// <summary>cuDNN's plan for a pass, or null when the engine's own kernels do it.</summary>
    private ConvPlan? LibraryPlan(in ConvPlanKey key, ulong x, ulong w, ulong y)
    {
        MakeCurrent();
        if (_convolutions is null)
            return null;
        if (!_convolutions.IsPlanned(key))
            BreakCapture($"a convolution of new sizes {key.Sizes} must be measured first", once: true);
        var plan = _convolutions.Plan(key, x, w, y);
        return plan.Algo < 0 ? null : plan;
    }

    /// <summary>The filter gradient by chunks of output pixels, added in order.</summary>
    private void FilterGradient(in ConvSizes s, ulong x, ulong dy, Tensor target, bool accumulate)
    {
        var sizes = s;
        var (chunk, chunks) = ConvKernels.FilterChunks(s);
        var partial = _pool.Rent(target.Count * chunks * sizeof(float));
        if (ConvKernels.PrefersTiles(s))
            Launch(ConvKernels.TiledBackwardFilter, ConvKernels.TiledFilterShape(s, chunks), new(x, dy, partial.Address, sizes, chunk, chunks));
        else
            Launch(ConvKernels.BackwardFilter, ConvKernels.FilterShape(s, chunks), new(x, dy, partial.Address, sizes, chunk));
        var plan = ReducePlan.Create(target.Count, chunks, keptInnermost: true);
        var kept = KernelWalk.Create([checked((int)target.Count)], [1]);
        var reduced = KernelWalk.Create([chunks], [target.Count]);
        InChunks(plan, target, 1, accumulate, (to, shape) => Launch(ReduceKernels.Sum, plan.First, new(partial.Address, to, kept, reduced, shape)));
        _pool.Return(partial);
    }
}
