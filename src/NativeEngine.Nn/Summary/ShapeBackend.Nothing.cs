using NativeEngine.Core;

namespace NativeEngine.Nn;

// The operations whose results and costs nobody looks at.
public sealed partial class ShapeBackend
{
    /// <inheritdoc/>
    public void Upload(Tensor y, ReadOnlySpan<byte> source)
    {
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Fill(Tensor y, double value)
    {
    }

    /// <inheritdoc/>
    public void Cast(Tensor x, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void Copy(Tensor x, Tensor y, GradMode mode, double scale = 1)
    {
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor x, Tensor index, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void GatherRowsBackward(Tensor index, Tensor dy, GradTarget dx)
    {
    }

    /// <inheritdoc/>
    public void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void Unary(UnaryOp op, in UnaryArgs args, Tensor x, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void UnaryBackward(UnaryOp op, in UnaryArgs args, Tensor saved, Tensor dy, GradTarget dx)
    {
    }

    /// <inheritdoc/>
    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void BinaryBackward(BinaryOp op, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget dTarget)
    {
    }

    /// <inheritdoc/>
    public void Dropout(Tensor x, double p, PhiloxKey key, GradTarget y)
    {
    }

    /// <inheritdoc/>
    public void Reduce(ReduceOp op, Tensor x, GradTarget y)
    {
    }

    /// <inheritdoc/>
    public void ReduceMaxBackward(Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
    }

    /// <inheritdoc/>
    public void ArgMax(Tensor x, Tensor index)
    {
    }

    /// <inheritdoc/>
    public void TopK(Tensor x, Tensor values, Tensor index)
    {
    }

    /// <inheritdoc/>
    public void TopKBackward(Tensor index, Tensor dy, GradTarget dx)
    {
    }

    /// <inheritdoc/>
    public void PoolForward(in PoolSizes s, Tensor x, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void PoolBackward(in PoolSizes s, Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
    }

    /// <inheritdoc/>
    public void BatchNormBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dResidual, GradTarget dWeight, GradTarget dBias)
    {
    }

    /// <inheritdoc/>
    public void LayerNormForward(in LayerNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd)
    {
    }

    /// <inheritdoc/>
    public void LayerNormBackward(in LayerNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias)
    {
    }

    /// <inheritdoc/>
    public void GroupNormForward(in GroupNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd)
    {
    }

    /// <inheritdoc/>
    public void GroupNormBackward(in GroupNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias)
    {
    }

    /// <inheritdoc/>
    public void SoftmaxForward(in SoftmaxSizes s, Tensor x, Tensor y)
    {
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(in SoftmaxSizes s, Tensor y, Tensor dy, GradTarget dx)
    {
    }

    /// <inheritdoc/>
    public void ClassLoss(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
    }

    /// <inheritdoc/>
    public void ElementLoss(ElementLossOp op, Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
    }

    /// <inheritdoc/>
    public void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm)
    {
    }

    /// <inheritdoc/>
    public void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm)
    {
    }
}
