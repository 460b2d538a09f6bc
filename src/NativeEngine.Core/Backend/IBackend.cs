namespace NativeEngine.Core;

/// <summary>
/// All a device must be able to compute, on one page: forward and backward methods side by side, one block per op family.
/// </summary>
/// <remarks>
/// Core allocates every output, checks every argument once and passes them on; a backend only computes. Tensors are dense in
/// the engine's memory order (rank 4 channels-last, else row-major) unless a method says "any strides". Gradients go to a
/// <see cref="GradTarget"/> that says overwrite or accumulate. Results do not depend on the number of threads. Tensors may
/// be empty. Methods return when the work is queued; <see cref="Download"/> and <see cref="Synchronize"/> wait for it.
/// Disposing frees all memory, also buffers that were not returned.
/// </remarks>
public interface IBackend : IDisposable
{
    /// <summary>The device's name: <c>cpu</c>, <c>cuda:0</c>, <c>soft</c>, <c>reference</c>.</summary>
    string Name { get; }

    /// <summary>The type of weights and activations: Float32, or Float64 on the reference backend.</summary>
    DType FloatType { get; }

    /// <summary>What the memory pool holds.</summary>
    MemoryReport Memory { get; }

    /// <summary>
    /// What the device decided by itself so far and what changes roundings, one line each in a fixed order (the algorithm of every convolution,
    /// say), for the record of a run.
    /// </summary>
    IReadOnlyList<string> Decisions => [];

    // ---- Memory -----------------------------------------------------------------------------------------------------

    /// <summary>Memory for <paramref name="bytes"/> bytes with undefined contents; throws <see cref="DeviceMemoryException"/>.</summary>
    DeviceBuffer Allocate(long bytes);

    /// <summary>The same for a buffer that outlives steps (a weight, its gradient, optimizer state), so that it does not lie among those that come and
    /// go.</summary>
    DeviceBuffer AllocatePersistent(long bytes) => Allocate(bytes);

    /// <summary>
    /// A training or evaluation step begins: until <see cref="EndStep"/>, buffers of <see cref="Allocate"/> come and go, mostly in the same
    /// sizes and order as in the step before.
    /// </summary>
    void BeginStep()
    {
    }

    /// <summary>The step has ended and its buffers were returned.</summary>
    void EndStep()
    {
    }

    /// <summary>Returns a buffer to the pool; work already queued may still use it.</summary>
    void Free(DeviceBuffer buffer);

    /// <summary>Copies host bytes into dense <paramref name="y"/>; the source may be reused on return.</summary>
    void Upload(Tensor y, ReadOnlySpan<byte> source);

    /// <summary>Copies dense <paramref name="x"/> to the host; waits for it.</summary>
    void Download(Tensor x, Span<byte> target);

    /// <summary>Queues a copy of dense <paramref name="x"/> to the host and returns; what is queued later may overwrite or free x.</summary>
    IReadback BeginDownload(Tensor x) => HostReadback.Of(this, x);

    /// <summary>Waits until all queued work is done.</summary>
    void Synchronize();

    /// <summary>True when queued work runs behind the host, so that reading each result at once would let the device stand still.</summary>
    bool RunsBehind => false;

    /// <summary>A recorder that launches whole training steps at once, or null on a device where that means nothing. The caller disposes it.</summary>
    IStepGraph? CreateStepGraph() => null;

    /// <summary>y = value. Any strides.</summary>
    void Fill(Tensor y, double value);

    /// <summary>y = (type of y)x; floats round toward zero when they become integers.</summary>
    void Cast(Tensor x, Tensor y);

    /// <summary>y (+)= scale·x, element by element of the same logical shape. Any strides on both; x may repeat (stride 0).</summary>
    void Copy(Tensor x, Tensor y, GradMode mode, double scale = 1);

    /// <summary>
    /// y[i, …] = x[index[i], …]; x [R, …] row-major, index Int32 [n], y [n, …]. An index outside 0 … R-1 is a <see cref="ShapeException"/> where the
    /// backend can see it.
    /// </summary>
    void GatherRows(Tensor x, Tensor index, Tensor y);

    /// <summary>dx[index[i], …] (+)= dy[i, …]; rows named twice add up in the order of i; overwrite zeroes dx first.</summary>
    void GatherRowsBackward(Tensor index, Tensor dy, GradTarget dx);

    /// <summary>
    /// Batches images: y[n, c, h, w] = (pixels[source(n, h, w), c] / 255 - mean[c]) / std[c], the source shifted by
    /// (dy, dx) and mirrored as <paramref name="place"/> says per image; outside the image it is <c>s.Fill</c>. The mirror comes last:
    /// output column w reads what column OW-1-w would read without it.
    /// pixels UInt8 [N, C, H, W], place Int32 [N, 3] = (shift down, shift right, flip 0|1), mean and std [C], y [N, C, OH, OW].
    /// </summary>
    void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y);

    // ---- Elementwise ------------------------------------------------------------------------------------------------

    /// <summary>y = op(x).</summary>
    void Unary(UnaryOp op, in UnaryArgs args, Tensor x, Tensor y);

    /// <summary>dx (+)= dy · op'; <paramref name="saved"/> is what <see cref="UnaryOps.Saves"/> names (x, y, or dy when nothing).</summary>
    void UnaryBackward(UnaryOp op, in UnaryArgs args, Tensor saved, Tensor dy, GradTarget dx);

    /// <summary>y = op(a, b). y dense; a and b any strides, already expanded to y's shape (stride 0 where they repeat).</summary>
    void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y);

    /// <summary>
    /// The gradient of one operand, summed over where it was broadcast: a, b expanded to dy's shape as in <see cref="Binary"/>;
    /// dTarget has dy's rank with extent 1 on every broadcast dimension.
    /// </summary>
    void BinaryBackward(BinaryOp op, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget dTarget);

    /// <summary>
    /// y (+)= x / (1-p) where Philox.Uniform(key, i) ≥ p, else 0; i counts elements in memory order. Its own backward (x = dy).
    /// </summary>
    void Dropout(Tensor x, double p, PhiloxKey key, GradTarget y);

    // ---- Reduce -----------------------------------------------------------------------------------------------------

    /// <summary>y (+)= op of x over every dimension where y's extent is 1 and x's is not; same rank, both dense.</summary>
    void Reduce(ReduceOp op, Tensor x, GradTarget y);

    /// <summary>Gradient of max: dy goes to the first largest element in row-major order of x; shapes as in <see cref="Reduce"/>.</summary>
    void ReduceMaxBackward(Tensor x, Tensor y, Tensor dy, GradTarget dx);

    /// <summary>index[r] = position of the first largest of x[r, :] (a NaN counts as largest); x [rows, n], index Int32 [rows].</summary>
    void ArgMax(Tensor x, Tensor index);

    /// <summary>The k largest of x[r, :] in falling order, ties by lowest index, a NaN counts as largest; x [rows, n], values [rows, k], index Int32 [rows,
    /// k].</summary>
    void TopK(Tensor x, Tensor values, Tensor index);

    /// <summary>dx[r, index[r, j]] (+)= dy[r, j]; indices of a row are distinct; overwrite zeroes the rest.</summary>
    void TopKBackward(Tensor index, Tensor dy, GradTarget dx);

    // ---- Gemm -------------------------------------------------------------------------------------------------------

    /// <summary>C[b] (+)= op(A[b]) · op(B[b]) + bias for every batch b: row-major, bias [N] added to each row or null.</summary>
    void Gemm(in GemmSizes s, Tensor a, Tensor b, Tensor? bias, GradTarget c);

    // ---- Conv (with pooling) ----------------------------------------------------------------------------------------

    /// <summary>y = x ⋆ w + bias (cross-correlation); x [N, C, H, W], w [K, C/groups, R, S], bias [K] or null, y [N, K, P, Q].</summary>
    void ConvForward(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor y);

    /// <summary>True when <see cref="ConvForwardFused"/> can gather moments, which spares the batch norm behind such a convolution a pass over its
    /// input.</summary>
    bool GathersMoments(in ConvSizes s) => false;

    /// <summary>
    /// y = x ⋆ w + bias + residual, where bias and residual (of y's shape) may be null. Unless null, moments [2, K] get μ and Σ(y - μ)² of each
    /// channel over all images and pixels, gathered while y is written; they are asked for only where <see cref="GathersMoments"/>.
    /// </summary>
    void ConvForwardFused(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor? residual, Tensor y, Tensor? moments)
    {
        if (moments is not null)
            throw new InvalidOperationException($"{Name} gathers no moments of {s}.");
        ConvForward(s, x, w, bias, y);
        if (residual is not null)
            Copy(residual, y, GradMode.Accumulate);
    }

    /// <summary>dx (+)= the gradient of the input.</summary>
    void ConvBackwardData(in ConvSizes s, Tensor w, Tensor dy, GradTarget dx);

    /// <summary>dw (+)= the gradient of the filter. (The bias gradient is a <see cref="Reduce"/> of dy.)</summary>
    void ConvBackwardFilter(in ConvSizes s, Tensor x, Tensor dy, GradTarget dw);

    /// <summary>y = max or mean over windows; x [N, C, H, W], y [N, C, P, Q].</summary>
    void PoolForward(in PoolSizes s, Tensor x, Tensor y);

    /// <summary>dx (+)= the gradient; for max the first maximum of a window in row-major order takes it (NaN counts as largest).</summary>
    void PoolBackward(in PoolSizes s, Tensor x, Tensor y, Tensor dy, GradTarget dx);

    // ---- Norm -------------------------------------------------------------------------------------------------------

    /// <summary>
    /// True when a convolution and the batch norm behind it run faster in evaluation as one convolution with other filters and bias: when the
    /// small operations that make those cost little.
    /// </summary>
    bool FoldsBatchNorm => false;

    /// <summary>
    /// y = act(γ(x - μ)/√(σ² + ε) + β + residual), per channel; μ, σ² (biased) of the batch when training, else the running
    /// ones. Training updates running = (1-m)·running + m·(μ, unbiased σ²), except from an empty batch, which changes nothing.
    /// Writes savedMean and savedInvStd [C].
    /// </summary>
    void BatchNormForward(in BatchNormSizes s, Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar, Tensor y,
        Tensor savedMean, Tensor savedInvStd);

    /// <summary>As <see cref="BatchNormForward"/> when training, with the moments [2, C] of x that <see cref="ConvForwardFused"/> gathered.</summary>
    void BatchNormForwardMoments(in BatchNormSizes s, Tensor x, Tensor moments, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean,
        Tensor? runningVar, Tensor y, Tensor savedMean, Tensor savedInvStd) =>
        BatchNormForward(s, x, residual, weight, bias, runningMean, runningVar, y, savedMean, savedInvStd);

    /// <summary>All gradients in two passes over x and dy; with ReLU the mask is y &gt; 0.</summary>
    void BatchNormBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dResidual, GradTarget dWeight, GradTarget dBias);

    /// <summary>
    /// As <see cref="BatchNormBackward"/> when a ReLU but no residual followed the norm: y &gt; 0 where γ(x - μ)/√(σ² + ε) + β &gt; 0, so a backend may
    /// leave y unread.
    /// </summary>
    void BatchNormReluBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor? bias, Tensor savedMean, Tensor savedInvStd,
        GradTarget dx, GradTarget dWeight, GradTarget dBias) =>
        BatchNormBackward(s, x, y, dy, weight, savedMean, savedInvStd, dx, GradTarget.None, dWeight, dBias);

    /// <summary>y = γ(x - μ)/√(σ² + ε) + β with μ, σ² per row; x, y [rows, n], weight and bias [n], saved [rows].</summary>
    void LayerNormForward(in LayerNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd);

    /// <summary>Gradients of layer norm.</summary>
    void LayerNormBackward(in LayerNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx, GradTarget dWeight,
        GradTarget dBias);

    /// <summary>As layer norm, with μ, σ² per sample and group of channels; x, y [N, C, H, W], weight and bias [C], saved [N, groups].</summary>
    void GroupNormForward(in GroupNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd);

    /// <summary>Gradients of group norm.</summary>
    void GroupNormBackward(in GroupNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx, GradTarget dWeight,
        GradTarget dBias);

    /// <summary>y = softmax (or its logarithm) along the middle of [outer, n, inner] in memory order.</summary>
    void SoftmaxForward(in SoftmaxSizes s, Tensor x, Tensor y);

    /// <summary>dx (+)= y·(dy - Σ dy·y), or for the logarithm dy - e^y·Σ dy.</summary>
    void SoftmaxBackward(in SoftmaxSizes s, Tensor y, Tensor dy, GradTarget dx);

    // ---- Loss: value and gradient in one pass -----------------------------------------------------------------------

    /// <summary>
    /// A loss of x [rows, classes] (logits, or what <paramref name="op"/> takes) and targets Int32 [rows], with weight [classes] and ignored rows.
    /// Writes loss ([] or [rows]) and, unless null, the gradient for an upstream gradient of 1.
    /// A target outside the classes is a <see cref="DataException"/> where the backend can see it, else NaN.
    /// </summary>
    void ClassLoss(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx);

    /// <summary>Element-wise loss between x and t of the same shape; loss [] or x's shape; weight is read by BceWithLogits only, expanded to x's
    /// shape.</summary>
    void ElementLoss(ElementLossOp op, Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx);

    // ---- Optim: multi-tensor updates ---------------------------------------------------------------------------------

    /// <summary>norm[0] = √Σ g² over all finite gradient elements, norm[1] = number of NaN or infinite ones; norm [2].</summary>
    void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm);

    /// <summary>
    /// One update of every slot by <c>args.Rule</c>. With <paramref name="norm"/> (of <see cref="GradNorm"/>) gradients are
    /// scaled by min(1, args.ClipNorm / (norm + 1e-6)), and when it says that an element is not finite nothing changes (but
    /// <see cref="OptimizerRule.SamAscend"/> moves); nothing is read back to the host.
    /// </summary>
    void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm);
}
