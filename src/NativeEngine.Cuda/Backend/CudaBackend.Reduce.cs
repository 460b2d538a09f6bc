using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void Reduce(ReduceOp op, Tensor x, GradTarget y)
    {
        var target = y.Tensor!;
        var (kept, reduced, plan) = PlanReduction(x.Shape, target.Shape, logicalOrder: false, x);
        double scale = op == ReduceOp.Mean ? (double)target.Count / x.Count : 1;
        var kernel = op == ReduceOp.Max ? ReduceKernels.Max : ReduceKernels.Sum;
        InChunks(plan, target, scale, y.Accumulate, (to, shape) => Launch(kernel, plan.First, new(Address(x), to, kept, reduced, shape)), kernel);
    }

    /// <inheritdoc/>
    public void ReduceMaxBackward(Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
        // The first maximum counts in logical order, whatever the memory order.
        var (kept, reduced, plan) = PlanReduction(x.Shape, dy.Shape, logicalOrder: true, x);
        Launch(ReduceKernels.MaxBackward, LaunchShape.Rows(plan.Kept, plan.Reduced),
            new(Address(x), Address(dy), Address(dx.Tensor!), kept, reduced, plan.Kept, plan.Reduced, dx.Accumulate ? 1 : 0));
    }

    /// <inheritdoc/>
    public void ArgMax(Tensor x, Tensor index) =>
        Launch(ReduceKernels.TopK, LaunchShape.Rows(x.Shape[0], x.Shape[1]), new(Address(x), 0, Address(index), x.Shape[0], x.Shape[1], 1));

    /// <inheritdoc/>
    public void TopK(Tensor x, Tensor values, Tensor index)
    {
        if (index.Count > 0)
            Launch(ReduceKernels.TopK, LaunchShape.Rows(x.Shape[0], x.Shape[1]),
                new(Address(x), Address(values), Address(index), x.Shape[0], x.Shape[1], index.Shape[1]));
    }

    /// <inheritdoc/>
    public void TopKBackward(Tensor index, Tensor dy, GradTarget dx)
    {
        var target = dx.Tensor!;
        if (!dx.Accumulate)
            Fill(target, 0);
        Launch(ReduceKernels.TopKBackward, LaunchShape.Elements(index.Count),
            new(Address(index), Address(dy), Address(target), target.Shape[0], target.Shape[1], index.Shape[1], 1));
    }

    /// <summary>
    /// Splits the dimensions of <paramref name="full"/> into those kept in <paramref name="small"/>, in its memory order, and those reduced.
    /// </summary>
    /// <param name="full">What is reduced.</param>
    /// <param name="small">The result: the same rank with extent 1 where a dimension is reduced.</param>
    /// <param name="logicalOrder">Reduced elements are numbered in logical instead of memory order.</param>
    /// <param name="a">First tensor stepped through.</param>
    /// <param name="b">Second one, or null.</param>
    /// <param name="c">Third one, or null.</param>
    private static (KernelWalk Kept, KernelWalk Reduced, ReducePlan Plan) PlanReduction(Shape full, Shape small, bool logicalOrder, Tensor a,
        Tensor? b = null, Tensor? c = null)
    {
        int rank = full.Rank;
        var memory = MemoryOrder(rank);
        Span<int> kept = stackalloc int[rank], reduced = stackalloc int[rank];
        int keptCount = 0, reducedCount = 0;
        bool keptInnermost = false;
        long keptElements = 1, reducedElements = 1;
        for (int i = 0; i < rank; i++)
        {
            int axis = memory[i];
            if (small[axis] != full[axis])
                continue;
            kept[keptCount++] = axis;
            keptElements *= full[axis];
        }
        for (int i = 0; i < rank; i++)
        {
            int axis = logicalOrder ? i : memory[i];
            if (small[axis] == full[axis])
                continue;
            reduced[reducedCount++] = axis;
            reducedElements *= full[axis];
        }
        for (int i = rank - 1; i >= 0; i--)
            if (full[memory[i]] > 1)
            {
                keptInnermost = small[memory[i]] == full[memory[i]];
                break;
            }
        return (Walk(full, kept[..keptCount], a, b, c), Walk(full, reduced[..reducedCount], a, b, c),
            ReducePlan.Create(keptElements, reducedElements, keptInnermost));
    }

    private static KernelWalk Walk(Shape shape, ReadOnlySpan<int> axes, Tensor a, Tensor? b, Tensor? c)
    {
        Span<int> extents = stackalloc int[axes.Length];
        Span<long> sa = stackalloc long[axes.Length], sb = stackalloc long[axes.Length], sc = stackalloc long[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            extents[i] = shape[axes[i]];
            sa[i] = a.Strides[axes[i]];
            sb[i] = b?.Strides[axes[i]] ?? 0;
            sc[i] = c?.Strides[axes[i]] ?? 0;
        }
        return KernelWalk.Create(extents, sa, sb, sc);
    }

    /// <summary>Runs a reduction in one launch, or by chunks into scratch memory that a second launch combines in order.</summary>
    private void InChunks(ReducePlan plan, Tensor target, double scale, bool accumulate, Action<ulong, ReductionShape> first,
        Kernel<ReduceKernels.Reduce>? combine = null) =>
        InChunks(plan, Address(target), scale, accumulate, first, combine);

    private void InChunks(ReducePlan plan, ulong target, double scale, bool accumulate, Action<ulong, ReductionShape> first,
        Kernel<ReduceKernels.Reduce>? combine = null)
    {
        if (plan.Kept == 0)
            return;
        if (plan.Chunks == 1)
        {
            first(target, plan.FirstShape(scale, accumulate));
            return;
        }
        MakeCurrent();
        var scratch = _pool.Rent(plan.ScratchCount * sizeof(float));
        first(scratch.Address, plan.FirstShape(scale, accumulate));
        var (kept, reduced) = plan.SecondWalks();
        Launch(combine ?? ReduceKernels.Sum, plan.Second, new(scratch.Address, target, kept, reduced, plan.SecondShape(scale, accumulate)));
        _pool.Return(scratch);
    }
}
