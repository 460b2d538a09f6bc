using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void BatchNormForward(in BatchNormSizes s, Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar,
        Tensor y, Tensor savedMean, Tensor savedInvStd)
    {
        var channels = LaunchShape.Elements(s.C);
        if (s.Training && s.Pixels == 0)
        {
            // No pixel has no mean: nothing is learnt from an empty batch.
            Fill(savedMean, 0);
            Fill(savedInvStd, 0);
            return;
        }
        if (s.Training)
        {
            MakeCurrent();
            var plan = ColumnPlan.Create(s.Pixels, s.C);
            CudaBuffer mean = _pool.Rent(plan.ScratchCount * sizeof(double)), squares = _pool.Rent(plan.ScratchCount * sizeof(double));
            Launch(NormKernels.BatchNormStatsKernel, plan.Launch, new(Address(x), mean.Address, squares.Address, plan.Shape));
            Launch(NormKernels.BatchNormFinishKernel, channels,
                new(mean.Address, squares.Address, Address(savedMean), Address(savedInvStd), AddressOrNull(runningMean), AddressOrNull(runningVar),
                    plan.Shape, plan.Chunks, (float)s.Eps, (float)s.Momentum));
            _pool.Return(mean);
            _pool.Return(squares);
        }
        else
        {
            Launch(NormKernels.BatchNormRunningKernel, channels,
                new(AddressOrNull(runningMean), AddressOrNull(runningVar), Address(savedMean), Address(savedInvStd), s.C, (float)s.Eps));
        }
        var walk = QuadPlan.Create(s.Pixels, s.C);
        Launch(NormKernels.BatchNormForwardKernel, walk.Launch,
            new(Address(x), AddressOrNull(residual), AddressOrNull(weight), AddressOrNull(bias), Address(savedMean), Address(savedInvStd), Address(y),
                s.Pixels, s.C, s.Relu ? 1 : 0, walk.Width));
    }

    /// <inheritdoc/>
    public void BatchNormBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dResidual, GradTarget dWeight, GradTarget dBias)
    {
        MakeCurrent();
        var plan = ColumnPlan.Create(s.Pixels, s.C);
        CudaBuffer sum = _pool.Rent(plan.ScratchCount * sizeof(double)), product = _pool.Rent(plan.ScratchCount * sizeof(double));
        int relu = s.Relu ? 1 : 0;
        Launch(NormKernels.BatchNormBackwardSumsKernel, plan.Launch,
            new(Address(x), Address(y), Address(dy), Address(savedMean), Address(savedInvStd), sum.Address, product.Address, plan.Shape, relu));
        FinishSums(sum, product, s.C, plan.Chunks, dWeight, dBias);
        var walk = QuadPlan.Create(s.Pixels, s.C);
        if (dx.Wanted || dResidual.Wanted)
            Launch(NormKernels.BatchNormBackwardKernel, walk.Launch,
                new(Address(x), Address(y), Address(dy), AddressOrNull(weight), Address(savedMean), Address(savedInvStd), sum.Address, product.Address,
                    AddressOrNull(dx.Tensor), AddressOrNull(dResidual.Tensor),
                    s.Pixels, s.C, relu, s.Training ? 1 : 0, dx.Accumulate ? 1 : 0, dResidual.Accumulate ? 1 : 0, walk.Width));
        _pool.Return(sum);
        _pool.Return(product);
    }

    /// <inheritdoc/>
    public void LayerNormForward(in LayerNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        GroupedForward(new(s.Rows, 1, s.Columns, 1), s.Eps, x, weight, bias, y, savedMean, savedInvStd);

    /// <inheritdoc/>
    public void LayerNormBackward(in LayerNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias) =>
        GroupedBackward(new(s.Rows, 1, s.Columns, 1), x, dy, weight, savedMean, savedInvStd, dx, dWeight, dBias);

    /// <inheritdoc/>
    public void GroupNormForward(in GroupNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        GroupedForward(new(s.N, s.Pixels, s.C, s.Groups), s.Eps, x, weight, bias, y, savedMean, savedInvStd);

    /// <inheritdoc/>
    public void GroupNormBackward(in GroupNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias) =>
        GroupedBackward(new(s.N, s.Pixels, s.C, s.Groups), x, dy, weight, savedMean, savedInvStd, dx, dWeight, dBias);

    /// <inheritdoc/>
    public void SoftmaxForward(in SoftmaxSizes s, Tensor x, Tensor y) =>
        Launch(NormKernels.SoftmaxForwardKernel(s.Log), LaunchShape.Rows((long)s.Outer * s.Inner, s.Length),
            new(Address(x), Address(y), new(s.Outer, s.Length, s.Inner)));

    /// <inheritdoc/>
    public void SoftmaxBackward(in SoftmaxSizes s, Tensor y, Tensor dy, GradTarget dx) =>
        Launch(NormKernels.SoftmaxBackwardKernel(s.Log), LaunchShape.Rows((long)s.Outer * s.Inner, s.Length),
            new(Address(y), Address(dy), Address(dx.Tensor!), new(s.Outer, s.Length, s.Inner), dx.Accumulate ? 1 : 0));

    private static LaunchShape GroupedShape(in NormKernels.GroupShape g) => NormKernels.GroupNormShape(g);

    private void GroupedForward(NormKernels.GroupShape g, double eps, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        Launch(NormKernels.GroupNormForwardKernel, GroupedShape(g),
            new(Address(x), AddressOrNull(weight), AddressOrNull(bias), Address(y), Address(savedMean), Address(savedInvStd), g, (float)eps));

    private void GroupedBackward(NormKernels.GroupShape g, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias)
    {
        if (dx.Wanted)
            Launch(NormKernels.GroupNormBackwardKernel, GroupedShape(g),
                new(Address(x), Address(dy), AddressOrNull(weight), Address(savedMean), Address(savedInvStd), Address(dx.Tensor!), g, dx.Accumulate ? 1 : 0));
        if (!dWeight.Wanted && !dBias.Wanted)
            return;
        MakeCurrent();
        var plan = ColumnPlan.Create(g.Samples * g.Spatial, g.Channels);
        CudaBuffer sum = _pool.Rent(plan.ScratchCount * sizeof(double)), product = _pool.Rent(plan.ScratchCount * sizeof(double));
        Launch(NormKernels.GroupNormBackwardSumsKernel, plan.Launch,
            new(Address(x), Address(dy), Address(savedMean), Address(savedInvStd), sum.Address, product.Address, g, plan.Shape));
        FinishSums(sum, product, g.Channels, plan.Chunks, dWeight, dBias);
        _pool.Return(sum);
        _pool.Return(product);
    }

    private void FinishSums(CudaBuffer sum, CudaBuffer product, int channels, int chunks, GradTarget dWeight, GradTarget dBias) =>
        Launch(NormKernels.BatchNormBackwardFinishKernel, LaunchShape.Elements(channels),
            new(sum.Address, product.Address, AddressOrNull(dWeight.Tensor), AddressOrNull(dBias.Tensor), channels, chunks, dWeight.Accumulate ? 1 : 0,
                dBias.Accumulate ? 1 : 0));
}
