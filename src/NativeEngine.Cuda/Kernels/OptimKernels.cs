using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/optim.cu</c>: one launch over all parameters, described by a table in device memory.</summary>
public static class OptimKernels
{
    private const string Family = "optim";

    /// <summary>Elements per block; a multiple of 4.</summary>
    public const int Chunk = 4096;

    /// <summary>One parameter. Addresses of absent state are 0. Mirrors <c>ne_slot</c>.</summary>
    [CudaType("ne_slot")]
    public readonly record struct TableRow(ulong Param, ulong Grad, ulong State1, ulong State2, ulong State3, long Count, long FirstChunk, float WeightDecay, float LrScale);

    /// <summary>Settings of one SGD step. Mirrors <c>ne_sgd</c>.</summary>
    [CudaType("ne_sgd")]
    public readonly record struct SgdSettings(float Lr, float Momentum, float Dampening, float Clip, int First, int Nesterov)
    {
        /// <summary>The settings of <paramref name="args"/>.</summary>
        public static SgdSettings From(in OptimizerArgs args) =>
            new((float)args.LearningRate, (float)args.Momentum, (float)args.Dampening, (float)args.ClipNorm, args.Step == 1 ? 1 : 0, args.Nesterov ? 1 : 0);
    }

    /// <summary>Settings of one Adam or AdamW step. Mirrors <c>ne_adam</c>.</summary>
    [CudaType("ne_adam")]
    public readonly record struct AdamSettings(float Lr, float StepSize, float Beta1, float OneMinusBeta1, float Beta2, float OneMinusBeta2, float Root, float Eps, float Clip, int Decoupled, int AmsGrad)
    {
        /// <summary>The settings of <paramref name="args"/>.</summary>
        public static AdamSettings From(in OptimizerArgs args) => new(
            (float)args.LearningRate, (float)(args.LearningRate / (1 - Math.Pow(args.Beta1, args.Step))),
            (float)args.Beta1, (float)(1 - args.Beta1), (float)args.Beta2, (float)(1 - args.Beta2),
            (float)Math.Sqrt(1 - Math.Pow(args.Beta2, args.Step)), (float)args.Eps, (float)args.ClipNorm,
            args.Rule == OptimizerRule.AdamW ? 1 : 0, args.AmsGrad ? 1 : 0);
    }

    /// <summary>One SGD step; norm (of the gradient norm kernels) or none. Launch with <see cref="Shape"/>.</summary>
    public readonly record struct SgdStep(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, SgdSettings S, In<float> Norm);

    /// <summary>One Adam or AdamW step.</summary>
    public readonly record struct AdamStep(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, AdamSettings S, In<float> Norm);

    /// <summary>Per chunk: Σ g² over finite elements, and the number of others.</summary>
    public readonly record struct GradNorm(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, Out<double> Squares, Out<double> Bad);

    /// <summary>norm = (√Σ squares, Σ bad). One block of 256 threads.</summary>
    public readonly record struct GradNormFinish(In<double> Squares, In<double> Bad, long Chunks, Out<float> Norm);

    /// <summary>SGD.</summary>
    public static Kernel<SgdStep> Sgd { get; } = new(Family, "sgd_step_f32");

    /// <summary>Adam and AdamW.</summary>
    public static Kernel<AdamStep> Adam { get; } = new(Family, "adam_step_f32");

    /// <summary>Gradient norm by chunk.</summary>
    public static Kernel<GradNorm> GradNormKernel { get; } = new(Family, "grad_norm_f32", 2048);

    /// <summary>Gradient norm of all chunks.</summary>
    public static Kernel<GradNormFinish> GradNormFinishKernel { get; } = new(Family, "grad_norm_finish_f32", 2048);

    /// <summary>Numbers the chunks: the row for a parameter whose predecessors have <paramref name="firstChunk"/> chunks, and the next number.</summary>
    public static long NextChunk(long firstChunk, long count) => firstChunk + LaunchShape.Ceiling(count, Chunk);

    /// <summary>Grid and block for this many chunks.</summary>
    public static LaunchShape Shape(long chunks) => new((int)Math.Min(chunks, 1 << 20), 1, 1, Kernel.MaxBlock);

    internal static IEnumerable<Kernel> All => [Sgd, Adam, GradNormKernel, GradNormFinishKernel];
}
