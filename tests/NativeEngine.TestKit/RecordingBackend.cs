using NativeEngine.Core;

namespace NativeEngine.TestKit;

/// <summary>Passes every call on to another backend and notes which methods were called with which enum members.</summary>
public sealed class RecordingBackend(IBackend inner) : IBackend
{
    private readonly HashSet<string> _seen = [];

    /// <summary>Names of the called methods, and <c>UnaryOp.Relu</c> for the enum members they were called with.</summary>
    public IReadOnlySet<string> Seen => _seen;

    public string Name => inner.Name;

    public DType FloatType => inner.FloatType;

    public MemoryReport Memory => inner.Memory;

    public DeviceBuffer Allocate(long bytes) => Note(nameof(Allocate)).Allocate(bytes);

    public DeviceBuffer AllocatePersistent(long bytes) => Note(nameof(AllocatePersistent)).AllocatePersistent(bytes);

    public void BeginStep() => inner.BeginStep();

    public void EndStep() => inner.EndStep();

    public IReadOnlyList<string> Decisions => inner.Decisions;

    public void Free(DeviceBuffer buffer) => Note(nameof(Free)).Free(buffer);

    public void Upload(Tensor y, ReadOnlySpan<byte> source) => Note(nameof(Upload)).Upload(y, source);

    public void Download(Tensor x, Span<byte> target) => Note(nameof(Download)).Download(x, target);

    public void Synchronize() => Note(nameof(Synchronize)).Synchronize();

    public void Fill(Tensor y, double value) => Note(nameof(Fill)).Fill(y, value);

    public void Cast(Tensor x, Tensor y) => Note(nameof(Cast)).Cast(x, y);

    public void Copy(Tensor x, Tensor y, GradMode mode, double scale = 1) => Note(nameof(Copy), mode).Copy(x, y, mode, scale);

    public void GatherRows(Tensor x, Tensor index, Tensor y) => Note(nameof(GatherRows)).GatherRows(x, index, y);

    public void GatherRowsBackward(Tensor index, Tensor dy, GradTarget dx) => Note(nameof(GatherRowsBackward), dx.Mode).GatherRowsBackward(index, dy, dx);

    public void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y) =>
        Note(nameof(ImageBatch)).ImageBatch(s, pixels, place, mean, std, y);

    public void Unary(UnaryOp op, in UnaryArgs args, Tensor x, Tensor y) => Note(nameof(Unary), op).Unary(op, args, x, y);

    public void UnaryBackward(UnaryOp op, in UnaryArgs args, Tensor saved, Tensor dy, GradTarget dx) =>
        Note(nameof(UnaryBackward), op, dx.Mode).UnaryBackward(op, args, saved, dy, dx);

    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y) => Note(nameof(Binary), op).Binary(op, a, b, y);

    public void BinaryBackward(BinaryOp op, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget dTarget) =>
        Note(nameof(BinaryBackward), op, side, dTarget.Mode).BinaryBackward(op, side, a, b, dy, dTarget);

    public void Dropout(Tensor x, double p, PhiloxKey key, GradTarget y) => Note(nameof(Dropout), y.Mode).Dropout(x, p, key, y);

    public void Reduce(ReduceOp op, Tensor x, GradTarget y) => Note(nameof(Reduce), op, y.Mode).Reduce(op, x, y);

    public void ReduceMaxBackward(Tensor x, Tensor y, Tensor dy, GradTarget dx) => Note(nameof(ReduceMaxBackward), dx.Mode).ReduceMaxBackward(x, y, dy, dx);

    public void ArgMax(Tensor x, Tensor index) => Note(nameof(ArgMax)).ArgMax(x, index);

    public void TopK(Tensor x, Tensor values, Tensor index) => Note(nameof(TopK)).TopK(x, values, index);

    public void TopKBackward(Tensor index, Tensor dy, GradTarget dx) => Note(nameof(TopKBackward), dx.Mode).TopKBackward(index, dy, dx);

    public void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c) => Note(nameof(Gemm), c.Mode).Gemm(s, a, b, bias, c);

    public void ConvForward(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor y) => Note(nameof(ConvForward)).ConvForward(s, x, w, bias, y);

    public bool GathersMoments(in ConvSizes s) => inner.GathersMoments(s);

    public void ConvForwardFused(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor? residual, Tensor y, Tensor? moments) =>
        Note(nameof(ConvForwardFused)).ConvForwardFused(s, x, w, bias, residual, y, moments);

    public void ConvBackwardData(in ConvSizes s, Tensor w, Tensor dy, GradTarget dx) => Note(nameof(ConvBackwardData), dx.Mode).ConvBackwardData(s, w, dy, dx);

    public void ConvBackwardFilter(in ConvSizes s, Tensor x, Tensor dy, GradTarget dw) =>
        Note(nameof(ConvBackwardFilter), dw.Mode).ConvBackwardFilter(s, x, dy, dw);

    public void PoolForward(in PoolSizes s, Tensor x, Tensor y) => Note(nameof(PoolForward), s.Mode).PoolForward(s, x, y);

    public void PoolBackward(in PoolSizes s, Tensor x, Tensor y, Tensor dy, GradTarget dx) =>
        Note(nameof(PoolBackward), s.Mode, dx.Mode).PoolBackward(s, x, y, dy, dx);

    public bool FoldsBatchNorm => inner.FoldsBatchNorm;

    public void BatchNormForward(in BatchNormSizes s, Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar,
        Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        Note(nameof(BatchNormForward)).BatchNormForward(s, x, residual, weight, bias, runningMean, runningVar, y, savedMean, savedInvStd);

    public void BatchNormForwardMoments(in BatchNormSizes s, Tensor x, Tensor moments, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean,
        Tensor? runningVar, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        Note(nameof(BatchNormForwardMoments))
            .BatchNormForwardMoments(s, x, moments, residual, weight, bias, runningMean, runningVar, y, savedMean, savedInvStd);

    public void BatchNormBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dResidual, GradTarget dWeight, GradTarget dBias) =>
        Note(nameof(BatchNormBackward), dx.Mode).BatchNormBackward(s, x, y, dy, weight, savedMean, savedInvStd, dx, dResidual, dWeight, dBias);

    public void BatchNormReluBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor? bias, Tensor savedMean, Tensor savedInvStd,
        GradTarget dx, GradTarget dWeight, GradTarget dBias) =>
        Note(nameof(BatchNormReluBackward), dx.Mode).BatchNormReluBackward(s, x, y, dy, weight, bias, savedMean, savedInvStd, dx, dWeight, dBias);

    public void LayerNormForward(in LayerNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        Note(nameof(LayerNormForward)).LayerNormForward(s, x, weight, bias, y, savedMean, savedInvStd);

    public void LayerNormBackward(in LayerNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias) =>
        Note(nameof(LayerNormBackward), dx.Mode).LayerNormBackward(s, x, dy, weight, savedMean, savedInvStd, dx, dWeight, dBias);

    public void GroupNormForward(in GroupNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        Note(nameof(GroupNormForward)).GroupNormForward(s, x, weight, bias, y, savedMean, savedInvStd);

    public void GroupNormBackward(in GroupNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias) =>
        Note(nameof(GroupNormBackward), dx.Mode).GroupNormBackward(s, x, dy, weight, savedMean, savedInvStd, dx, dWeight, dBias);

    public void SoftmaxForward(in SoftmaxSizes s, Tensor x, Tensor y) => Note(nameof(SoftmaxForward)).SoftmaxForward(s, x, y);

    public void SoftmaxBackward(in SoftmaxSizes s, Tensor y, Tensor dy, GradTarget dx) => Note(nameof(SoftmaxBackward), dx.Mode).SoftmaxBackward(s, y, dy, dx);

    public void ClassLoss(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx) =>
        Note(nameof(ClassLoss), op, s.Reduction).ClassLoss(op, s, x, target, weight, loss, dx);

    public void ElementLoss(ElementLossOp op, Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx) =>
        Note(nameof(ElementLoss), op, reduction).ElementLoss(op, reduction, beta, x, target, weight, loss, dx);

    public void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm) => Note(nameof(GradNorm)).GradNorm(grads, norm);

    public void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm) =>
        Note(nameof(OptimizerStep), args.Rule).OptimizerStep(args, slots, norm);

    public void Dispose() => inner.Dispose();

    private IBackend Note(string method, params ReadOnlySpan<Enum> members)
    {
        _seen.Add(method);
        foreach (var member in members)
        {
            _seen.Add($"{member.GetType().Name}.{member}");
            _seen.Add($"{method} {member.GetType().Name}.{member}");
        }

        return inner;
    }
}
