using NativeEngine.Core;
using NativeEngine.Cpu.Norm;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public bool FoldsBatchNorm => true;

    /// <inheritdoc/>
    public void BatchNormForward(in BatchNormSizes s, Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar,
        Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        BatchNorm.Forward(_context, s, Floats(x), FloatsOrNull(residual), FloatsOrNull(weight), FloatsOrNull(bias), FloatsOrNull(runningMean),
            FloatsOrNull(runningVar), Floats(y), Floats(savedMean), Floats(savedInvStd));

    /// <inheritdoc/>
    public void BatchNormForwardMoments(in BatchNormSizes s, Tensor x, Tensor moments, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean,
        Tensor? runningVar, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        BatchNorm.Forward(_context, s, Floats(x), FloatsOrNull(residual), FloatsOrNull(weight), FloatsOrNull(bias), FloatsOrNull(runningMean),
            FloatsOrNull(runningVar), Floats(y), Floats(savedMean), Floats(savedInvStd), Floats(moments));

    /// <inheritdoc/>
    public void BatchNormBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dResidual, GradTarget dWeight, GradTarget dBias) =>
        BatchNorm.Backward(_context, s, Floats(x), Floats(y), Floats(dy), FloatsOrNull(weight), Floats(savedMean), Floats(savedInvStd),
            FloatsOrNull(dx.Tensor), dx.Accumulate, FloatsOrNull(dResidual.Tensor), dResidual.Accumulate, FloatsOrNull(dWeight.Tensor), dWeight.Accumulate,
                FloatsOrNull(dBias.Tensor), dBias.Accumulate);

    /// <inheritdoc/>
    public void BatchNormReluBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor? bias, Tensor savedMean, Tensor savedInvStd,
        GradTarget dx, GradTarget dWeight, GradTarget dBias) =>
        BatchNorm.Backward(_context, s, Floats(x), null, Floats(dy), FloatsOrNull(weight), Floats(savedMean), Floats(savedInvStd),
            FloatsOrNull(dx.Tensor), dx.Accumulate, null, false, FloatsOrNull(dWeight.Tensor), dWeight.Accumulate, FloatsOrNull(dBias.Tensor),
                dBias.Accumulate, FloatsOrNull(bias));

    /// <inheritdoc/>
    public void LayerNormForward(in LayerNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        LayerNorm.Forward(_context, s, Floats(x), FloatsOrNull(weight), FloatsOrNull(bias), Floats(y), Floats(savedMean), Floats(savedInvStd));

    /// <inheritdoc/>
    public void LayerNormBackward(in LayerNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias) =>
        LayerNorm.Backward(_context, s, Floats(x), Floats(dy), FloatsOrNull(weight), Floats(savedMean), Floats(savedInvStd),
            FloatsOrNull(dx.Tensor), dx.Accumulate, FloatsOrNull(dWeight.Tensor), dWeight.Accumulate, FloatsOrNull(dBias.Tensor), dBias.Accumulate);

    /// <inheritdoc/>
    public void GroupNormForward(in GroupNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        GroupNorm.Forward(_context, s, Floats(x), FloatsOrNull(weight), FloatsOrNull(bias), Floats(y), Floats(savedMean), Floats(savedInvStd));

    /// <inheritdoc/>
    public void GroupNormBackward(in GroupNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias) =>
        GroupNorm.Backward(_context, s, Floats(x), Floats(dy), FloatsOrNull(weight), Floats(savedMean), Floats(savedInvStd),
            FloatsOrNull(dx.Tensor), dx.Accumulate, FloatsOrNull(dWeight.Tensor), dWeight.Accumulate, FloatsOrNull(dBias.Tensor), dBias.Accumulate);

    /// <inheritdoc/>
    public void SoftmaxForward(in SoftmaxSizes s, Tensor x, Tensor y) => Softmax.Forward(_context, s, Floats(x), Floats(y));

    /// <inheritdoc/>
    public void SoftmaxBackward(in SoftmaxSizes s, Tensor y, Tensor dy, GradTarget dx)
    {
        if (dx.Wanted) Softmax.Backward(_context, s, Floats(y), Floats(dy), Floats(dx.Tensor!), dx.Accumulate);
    }
}
