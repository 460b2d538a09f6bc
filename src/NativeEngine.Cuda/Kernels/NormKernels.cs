namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/norm.cu</c>: batch norm, group norm (layer norm is its case with one pixel and one group), softmax.</summary>
public static class NormKernels
{
    private const string Family = "norm";
    private const int MaxGroupBlocks = 1024;

    /// <summary>Rows of a channels-last matrix cut into chunks. Mirrors <c>ne_batch_norm</c>; made by <see cref="ColumnPlan"/>.</summary>
    [CudaType("ne_batch_norm")]
    public readonly record struct ColumnShape(long Rows, long Chunk, int Channels, int Lanes);

    /// <summary>Sizes of a group norm; layer norm: Spatial 1, Groups 1, Channels = row length. Mirrors <c>ne_group_norm</c>.</summary>
    [CudaType("ne_group_norm")]
    public readonly record struct GroupShape(long Samples, long Spatial, int Channels, int Groups);

    /// <summary>Sizes of a softmax along the middle of [outer, n, inner]. Mirrors <c>ne_softmax</c>.</summary>
    [CudaType("ne_softmax")]
    public readonly record struct SoftmaxShape(long Outer, int N, long Inner);

    /// <summary>mean and m2 [chunks, C] = mean and sum of squared deviations per chunk. Launch by <see cref="ColumnPlan"/>.</summary>
    public readonly record struct BatchNormStats(In<float> X, Out<double> Mean, Out<double> M2, ColumnShape S);

    /// <summary>Merges the chunks; updates running statistics unless none. Launch with <see cref="LaunchShape.Elements"/> of the channels.</summary>
    public readonly record struct BatchNormFinish(In<double> Mean, In<double> M2, Out<float> SavedMean, Out<float> SavedInvStd, InOut<float> RunningMean,
        InOut<float> RunningVar, ColumnShape S, int Chunks, float Eps, float Momentum);

    /// <summary>Evaluation: the running statistics in the place of the batch's.</summary>
    public readonly record struct BatchNormRunning(In<float> RunningMean, In<float> RunningVar, Out<float> SavedMean, Out<float> SavedInvStd, int Channels,
        float Eps);

    /// <summary>y = act(weight·(x - mean)·inv_std + bias + residual). Launch with 4 elements per thread.</summary>
    public readonly record struct BatchNormForward(In<float> X, In<float> Residual, In<float> Weight, In<float> Bias, In<float> Mean, In<float> InvStd,
        Out<float> Y, long Rows, int Channels, int Relu, int Width);

    /// <summary>Per chunk: Σ of masked dy, and of masked dy times the normalised x. Launch by <see cref="ColumnPlan"/>.</summary>
    public readonly record struct BatchNormBackwardSums(In<float> X, In<float> Y, In<float> Dy, In<float> Mean, In<float> InvStd, Out<double> SumDy,
        Out<double> SumDyXhat, ColumnShape S, int Relu);

    /// <summary>Adds the chunks into chunk 0 and gives the parameter gradients, unless none.</summary>
    public readonly record struct BatchNormBackwardFinish(InOut<double> SumDy, InOut<double> SumDyXhat, InOut<float> DWeight, InOut<float> DBias,
        int Channels, int Chunks, int AccumulateWeight, int AccumulateBias);

    /// <summary>Gradients of x and of the residual, unless none.</summary>
    public readonly record struct BatchNormBackward(In<float> X, In<float> Y, In<float> Dy, In<float> Weight, In<float> Mean, In<float> InvStd,
        In<double> SumDy, In<double> SumDyXhat, InOut<float> Dx, InOut<float> Dr, long Rows, int Channels, int Relu, int Training, int AccumulateDx,
            int AccumulateDr, int Width);

    /// <summary>Group norm forward. Launch with <see cref="LaunchShape.Rows"/>(samples·groups, set size).</summary>
    public readonly record struct GroupNormForward(In<float> X, In<float> Weight, In<float> Bias, Out<float> Y, Out<float> SavedMean, Out<float> SavedInvStd,
        GroupShape S, float Eps);

    /// <summary>Group norm, gradient of x. Launch as the forward kernel.</summary>
    public readonly record struct GroupNormBackward(In<float> X, In<float> Dy, In<float> Weight, In<float> SavedMean, In<float> SavedInvStd, InOut<float> Dx,
        GroupShape S, int Accumulate);

    /// <summary>Group norm, parameter sums per chunk of samples·spatial rows; <see cref="BatchNormBackwardFinishKernel"/> adds them.</summary>
    public readonly record struct GroupNormBackwardSums(In<float> X, In<float> Dy, In<float> SavedMean, In<float> SavedInvStd, Out<double> SumDy,
        Out<double> SumDyXhat, GroupShape G, ColumnShape S);

    /// <summary>Softmax or its logarithm. Launch with <see cref="LaunchShape.Rows"/>(outer·inner, n).</summary>
    public readonly record struct SoftmaxForward(In<float> X, Out<float> Y, SoftmaxShape S);

    /// <summary>Gradient of softmax or its logarithm.</summary>
    public readonly record struct SoftmaxBackward(In<float> Y, In<float> Dy, InOut<float> Dx, SoftmaxShape S, int Accumulate);

    /// <summary>Batch statistics by chunk.</summary>
    public static Kernel<BatchNormStats> BatchNormStatsKernel { get; } = new(Family, "batch_norm_stats_f32", 2048);

    /// <summary>Merges chunk statistics.</summary>
    public static Kernel<BatchNormFinish> BatchNormFinishKernel { get; } = new(Family, "batch_norm_finish_f32");

    /// <summary>Running statistics for evaluation.</summary>
    public static Kernel<BatchNormRunning> BatchNormRunningKernel { get; } = new(Family, "batch_norm_running_f32");

    /// <summary>Normalise, scale, add, rectify.</summary>
    public static Kernel<BatchNormForward> BatchNormForwardKernel { get; } = new(Family, "batch_norm_fwd_f32");

    /// <summary>Backward sums by chunk.</summary>
    public static Kernel<BatchNormBackwardSums> BatchNormBackwardSumsKernel { get; } = new(Family, "batch_norm_bwd_sums_f32", 2048);

    /// <summary>Adds chunks; parameter gradients.</summary>
    public static Kernel<BatchNormBackwardFinish> BatchNormBackwardFinishKernel { get; } = new(Family, "batch_norm_bwd_finish_f32");

    /// <summary>Gradients of x and residual.</summary>
    public static Kernel<BatchNormBackward> BatchNormBackwardKernel { get; } = new(Family, "batch_norm_bwd_f32");

    /// <summary>Group and layer norm.</summary>
    public static Kernel<GroupNormForward> GroupNormForwardKernel { get; } = new(Family, "group_norm_fwd_f32", 32);

    /// <summary>Group and layer norm, gradient of x.</summary>
    public static Kernel<GroupNormBackward> GroupNormBackwardKernel { get; } = new(Family, "group_norm_bwd_f32", 32);

    /// <summary>Group and layer norm, parameter sums.</summary>
    public static Kernel<GroupNormBackwardSums> GroupNormBackwardSumsKernel { get; } = new(Family, "group_norm_bwd_sums_f32", 2048);

    private static readonly Kernel<SoftmaxForward> Softmax = new(Family, "softmax_fwd_f32", 64);
    private static readonly Kernel<SoftmaxForward> LogSoftmax = new(Family, "log_softmax_fwd_f32", 64);
    private static readonly Kernel<SoftmaxBackward> SoftmaxGradient = new(Family, "softmax_bwd_f32", 32);
    private static readonly Kernel<SoftmaxBackward> LogSoftmaxGradient = new(Family, "log_softmax_bwd_f32", 32);

    /// <summary>Softmax, or its logarithm.</summary>
    public static Kernel<SoftmaxForward> SoftmaxForwardKernel(bool log) => log ? LogSoftmax : Softmax;

    /// <summary>The gradient of softmax, or of its logarithm.</summary>
    public static Kernel<SoftmaxBackward> SoftmaxBackwardKernel(bool log) => log ? LogSoftmaxGradient : SoftmaxGradient;

    /// <summary>Grid and block of the kernels with a block per normalised set: at most as many as fill a large GPU, so that each keeps weight and bias in its
    /// cache for several sets.</summary>
    public static LaunchShape GroupNormShape(in GroupShape g) =>
        new((int)Math.Min(g.Samples * g.Groups, MaxGroupBlocks), 1, 1, LaunchShape.Threads(g.Spatial * (g.Channels / g.Groups)));

    internal static IEnumerable<Kernel> All =>
    [
        BatchNormStatsKernel, BatchNormFinishKernel, BatchNormRunningKernel, BatchNormForwardKernel, BatchNormBackwardSumsKernel,
        BatchNormBackwardFinishKernel, BatchNormBackwardKernel, GroupNormForwardKernel, GroupNormBackwardKernel, GroupNormBackwardSumsKernel,
        Softmax, LogSoftmax, SoftmaxGradient, LogSoftmaxGradient,
    ];
}
