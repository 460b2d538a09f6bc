using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void ClassLoss(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
        MakeCurrent();
        bool mean = s.Reduction == Reduction.Mean, each = s.Reduction == Reduction.None;
        CudaBuffer total = _pool.Rent(mean ? sizeof(float) : 0), losses = _pool.Rent(each ? 0 : (long)s.Rows * sizeof(float));
        if (mean)
            Launch(LossKernels.Total, LaunchShape.Single(s.Rows), new(Address(target), AddressOrNull(weight), total.Address, s));
        Launch(LossKernels.For(op), LossKernels.LaunchFor(op, s.Rows, s.Classes),
            new(Address(x), Address(target), AddressOrNull(weight), total.Address, each ? Address(loss) : losses.Address, AddressOrNull(dx), s));
        if (!each)
            Launch(LossKernels.Finish, LaunchShape.Single(s.Rows), new(losses.Address, total.Address, Address(loss), s.Rows));
        _pool.Return(total);
        _pool.Return(losses);
    }

    /// <inheritdoc/>
    public void ElementLoss(ElementLossOp op, Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
        MakeCurrent();
        long n = x.Count;
        double scale = reduction == Reduction.Mean ? 1.0 / n : 1;
        bool each = reduction == Reduction.None;
        int chunks = LossKernels.ElementChunks(n);
        var partial = _pool.Rent(each ? 0 : chunks * sizeof(float));
        var walk = weight is null ? default : WalkOver(x, weight);
        Launch(LossKernels.For(op), LossKernels.ElementShape(n),
            new(Address(x), Address(target), AddressOrNull(weight), each ? Address(loss) : 0, partial.Address, AddressOrNull(dx), walk, n,
                LossKernels.ElementChunk, (float)beta, (float)scale));
        if (!each)
        {
            var plan = ReducePlan.Create(1, chunks, keptInnermost: false);
            var reduced = KernelWalk.Create([chunks], [1]);
            InChunks(plan, loss, scale, accumulate: false,
                (to, shape) => Launch(ReduceKernels.Sum, plan.First, new(partial.Address, to, default, reduced, shape)));
        }
        _pool.Return(partial);
    }
}
