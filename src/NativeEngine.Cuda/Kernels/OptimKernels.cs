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
    public readonly record struct TableRow(ulong Param, ulong Grad, ulong State1, ulong State2, ulong State3, long Count, long FirstChunk, float WeightDecay,
        float LrScale);

    /// <summary>What every update rule is told about a step; each uses the fields of its formula. Mirrors <c>ne_step</c>.</summary>
    [CudaType("ne_step")]
    public readonly record struct StepSettings(
        float Lr, float Momentum, float Keep, float Beta1, float Fresh1, float Beta2, float Fresh2, float Eps, float GradFactor, float MomentFactor,
            float RootFactor,
        float Lower, float Upper, float Rho, float Clip, int First, int Nesterov, int AmsGrad, int Adaptive, int Decoupled, int Centered)
    {
        /// <summary>The settings of <paramref name="args"/>. Adam and AdamW are <see cref="OptimizerRule.Moments"/> with the factors of their bias
        /// corrections.</summary>
        public static StepSettings From(in OptimizerArgs args)
        {
            bool adam = args.Rule is OptimizerRule.Adam or OptimizerRule.AdamW;
            double moment = adam ? 1 / (1 - Math.Pow(args.Beta1, args.Step)) : args.MomentFactor,
                root = adam ? 1 / Math.Sqrt(1 - Math.Pow(args.Beta2, args.Step)) : args.RootFactor;
            return new(
                (float)args.LearningRate, (float)args.Momentum, (float)(1 - args.Dampening), (float)args.Beta1, (float)(1 - args.Beta1), (float)args.Beta2,
                    (float)(1 - args.Beta2), (float)args.Eps,
                adam ? 0 : (float)args.GradFactor, (float)moment, (float)root, (float)args.LowerRate, (float)args.UpperRate, (float)args.Rho,
                    (float)args.ClipNorm,
                Flag(args.Step <= 1), Flag(args.Nesterov), Flag(args.AmsGrad), Flag(adam || args.Adaptive),
                    Flag(args.Rule == OptimizerRule.AdamW || args.Decoupled), Flag(args.Centered));
        }

        private static int Flag(bool value) => value ? 1 : 0;
    }

    /// <summary>One step of a rule; norm (of the gradient norm kernels) or none. Launch with <see cref="Shape"/>.</summary>
    public readonly record struct Step(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, StepSettings S, In<float> Norm);

    /// <summary>LAMB's first pass: moments, updates, and Σ p², Σ u² per chunk.</summary>
    public readonly record struct LambDirection(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, StepSettings S, In<float> Norm,
        Out<double> Squares);

    /// <summary>LAMB's trust ratio per parameter. A block of 256 threads for each.</summary>
    public readonly record struct LambTrust(In<TableRow> Slots, int SlotCount, long Chunks, In<double> Squares, Out<float> Trust);

    /// <summary>LAMB's last pass: p -= lr·trust·u.</summary>
    public readonly record struct LambStep(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, StepSettings S, In<float> Norm, In<float> Trust);

    /// <summary>Per chunk: Σ g² over finite elements, and the number of others.</summary>
    public readonly record struct GradNorm(In<TableRow> Slots, int SlotCount, long Chunks, long ChunkSize, Out<double> Squares, Out<double> Bad);

    /// <summary>norm = (√Σ squares, Σ bad). One block of 256 threads.</summary>
    public readonly record struct GradNormFinish(In<double> Squares, In<double> Bad, long Chunks, Out<float> Norm);

    /// <summary>SGD.</summary>
    public static Kernel<Step> Sgd { get; } = new(Family, "sgd_step_f32");

    /// <summary>Adam, AdamW and the rest of their family.</summary>
    public static Kernel<Step> Adam { get; } = new(Family, "adam_step_f32");

    /// <summary>AdaBound and AMSBound.</summary>
    public static Kernel<Step> AdaBound { get; } = new(Family, "adabound_step_f32");

    /// <summary>RMSprop.</summary>
    public static Kernel<Step> RmsProp { get; } = new(Family, "rmsprop_step_f32");

    /// <summary>Adagrad.</summary>
    public static Kernel<Step> Adagrad { get; } = new(Family, "adagrad_step_f32");

    /// <summary>Adadelta.</summary>
    public static Kernel<Step> Adadelta { get; } = new(Family, "adadelta_step_f32");

    /// <summary>The ascent of sharpness-aware minimisation.</summary>
    public static Kernel<Step> SamAscend { get; } = new(Family, "sam_ascend_f32");

    /// <summary>LAMB: directions.</summary>
    public static Kernel<LambDirection> LambDirectionKernel { get; } = new(Family, "lamb_direction_f32", 2048);

    /// <summary>LAMB: trust ratios.</summary>
    public static Kernel<LambTrust> LambTrustKernel { get; } = new(Family, "lamb_trust_f32", 2048);

    /// <summary>LAMB: descent.</summary>
    public static Kernel<LambStep> LambStepKernel { get; } = new(Family, "lamb_step_f32");

    /// <summary>Gradient norm by chunk.</summary>
    public static Kernel<GradNorm> GradNormKernel { get; } = new(Family, "grad_norm_f32", 2048);

    /// <summary>Gradient norm of all chunks.</summary>
    public static Kernel<GradNormFinish> GradNormFinishKernel { get; } = new(Family, "grad_norm_finish_f32", 2048);

    /// <summary>Numbers the chunks: the row for a parameter whose predecessors have <paramref name="firstChunk"/> chunks, and the next number.</summary>
    public static long NextChunk(long firstChunk, long count) => firstChunk + LaunchShape.Ceiling(count, Chunk);

    /// <summary>Grid and block for this many chunks.</summary>
    public static LaunchShape Shape(long chunks) => new((int)Math.Min(chunks, 1 << 20), 1, 1, Kernel.MaxBlock);

    /// <summary>Grid and block of <see cref="LambTrustKernel"/>.</summary>
    public static LaunchShape TrustShape(int slots) => new(slots, 1, 1, Kernel.MaxBlock);

    /// <summary>The kernel of a rule that one launch carries out: every rule but <see cref="OptimizerRule.Lamb"/>.</summary>
    public static Kernel<Step> For(OptimizerRule rule) => rule switch
    {
        OptimizerRule.Sgd => Sgd,
        OptimizerRule.Adam or OptimizerRule.AdamW or OptimizerRule.Moments => Adam,
        OptimizerRule.AdaBound => AdaBound,
        OptimizerRule.RmsProp => RmsProp,
        OptimizerRule.Adagrad => Adagrad,
        OptimizerRule.Adadelta => Adadelta,
        OptimizerRule.SamAscend => SamAscend,
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "unknown optimizer rule"),
    };

    internal static IEnumerable<Kernel> All =>
        [Sgd, Adam, AdaBound, RmsProp, Adagrad, Adadelta, SamAscend, LambDirectionKernel, LambTrustKernel, LambStepKernel, GradNormKernel,
            GradNormFinishKernel];
}
