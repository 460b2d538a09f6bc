using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void Unary(UnaryOp op, in UnaryArgs args, Tensor x, Tensor y) =>
        Launch(ElementwiseKernels.Forward(op), LaunchShape.Elements(y.Count, 4), new(Address(x), Address(y), y.Count, (float)args.A, (float)args.B));

    /// <inheritdoc/>
    public void UnaryBackward(UnaryOp op, in UnaryArgs args, Tensor saved, Tensor dy, GradTarget dx) =>
        Launch(ElementwiseKernels.Backward(op), LaunchShape.Elements(dy.Count, 4),
            new(Address(saved), Address(dy), Address(dx.Tensor!), dy.Count, (float)args.A, (float)args.B, dx.Accumulate ? 1 : 0));

    /// <inheritdoc/>
    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y)
    {
        if (y.Count == 0)
            return;
        if (a.IsDense && b.IsDense)
            Launch(ElementwiseKernels.Forward(op), LaunchShape.Elements(y.Count, 4), new(Address(a), Address(b), Address(y), y.Count));
        else
            Launch(ElementwiseKernels.ForwardStrided(op), LaunchShape.Elements(y.Count), new(Address(a), Address(b), Address(y), WalkOver(y, a, b), y.Count));
    }

    /// <inheritdoc/>
    public void BinaryBackward(BinaryOp op, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget dTarget)
    {
        var target = dTarget.Tensor!;
        var (kept, reduced, plan) = PlanReduction(dy.Shape, target.Shape, logicalOrder: false, a, b, dy);
        var kernel = ElementwiseKernels.Backward(op, side);
        InChunks(plan, target, 1, dTarget.Accumulate, (to, shape) =>
            Launch(kernel, plan.First, new(Address(a), Address(b), Address(dy), to, kept, reduced, shape)));
    }

    /// <inheritdoc/>
    public void Dropout(Tensor x, double p, PhiloxKey key, GradTarget y) =>
        Launch(ElementwiseKernels.Dropout, LaunchShape.Elements(x.Count, 4),
            new(Address(x), Address(y.Tensor!), x.Count, ElementwiseKernels.DropoutThreshold(p), (float)(1 / (1 - p)), key, y.Accumulate ? 1 : 0));
}
