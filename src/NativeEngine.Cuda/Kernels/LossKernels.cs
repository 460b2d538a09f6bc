using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/loss.cu</c>.</summary>
public static class LossKernels
{
    private const string Family = "loss";

    /// <summary>Elements per block of the element-wise losses.</summary>
    public const int ElementChunk = 2048;

    /// <summary>Sizes of a loss over classes. Mirrors <c>ne_class_loss</c>.</summary>
    [CudaType("ne_class_loss")]
    public readonly record struct ClassLossShape(long Rows, int Classes, int IgnoreIndex, float Smoothing = 0, float Gamma = 0, float Scale = 1)
    {
        /// <summary>The same sizes for a kernel.</summary>
        public static implicit operator ClassLossShape(in ClassLossSizes s) =>
            new(s.Rows, s.Classes, s.IgnoreIndex, (float)s.Smoothing, (float)s.Gamma, (float)s.Scale);
    }

    /// <summary>total[0] = Σ weight of the targets that count. Launch with <see cref="LaunchShape.Single"/>.</summary>
    public readonly record struct ClassLossTotal(In<int> Target, In<float> Weight, Out<float> Total, ClassLossShape S);

    /// <summary>loss[0] = Σ losses, divided by total[0] unless none. Launch with <see cref="LaunchShape.Single"/>.</summary>
    public readonly record struct ClassLossFinish(In<float> Losses, In<float> Total, Out<float> Loss, long Rows);

    /// <summary>losses[r] undivided and the divided gradient, unless none. Launch with <see cref="LaunchFor"/>.</summary>
    public readonly record struct ClassLoss(In<float> X, In<int> Target, In<float> Weight, In<float> Total, Out<float> Losses, Out<float> Dx, ClassLossShape S);

    /// <summary>losses per element, or partial sums per chunk, and dx = scale·slope; each unless none. One block per chunk.</summary>
    public readonly record struct ElementLoss(In<float> X, In<float> T, In<float> Weight, Out<float> Losses, Out<float> Partial, Out<float> Dx,
        KernelWalk Walk, long N, long Chunk, float Beta, float Scale);

    /// <summary>The divisor of a mean.</summary>
    public static Kernel<ClassLossTotal> Total { get; } = new(Family, "class_loss_total_f32", 32);

    /// <summary>Rows to one value.</summary>
    public static Kernel<ClassLossFinish> Finish { get; } = new(Family, "class_loss_finish_f32", 32);

    private static readonly Kernel<ClassLoss>[] ClassLosses =
        Array.ConvertAll<ClassLossOp, Kernel<ClassLoss>>(Enum.GetValues<ClassLossOp>(), op => new(Family, $"{op.SnakeName()}_f32", SharedBytes(op)));

    // One line of partial results per kind of sum over a row.
    private static int SharedBytes(ClassLossOp op) => op == ClassLossOp.Nll ? 0 : 64;

    private static readonly Kernel<ElementLoss>[] ElementLosses =
        Array.ConvertAll<string, Kernel<ElementLoss>>(["mse", "l1", "smooth_l1", "bce_with_logits"], name => new(Family, $"{name}_loss_f32", 32));

    /// <summary>A loss of rows and class ids.</summary>
    public static Kernel<ClassLoss> For(ClassLossOp op) => ClassLosses[(int)op];

    /// <summary>Grid and block of a loss of class ids.</summary>
    public static LaunchShape LaunchFor(ClassLossOp op, int rows, int classes) => op == ClassLossOp.Nll ? LaunchShape.Elements((long)rows * classes)
        : LaunchShape.Rows(rows, classes);

    /// <summary>An element-wise loss.</summary>
    public static Kernel<ElementLoss> For(ElementLossOp op) => ElementLosses[(int)op];

    /// <summary>Grid and block of an element-wise loss.</summary>
    public static LaunchShape ElementShape(long count) => new(ElementChunks(count), 1, 1, Kernel.MaxBlock);

    /// <summary>Number of partial sums of an element-wise loss.</summary>
    public static int ElementChunks(long count) => checked((int)LaunchShape.Ceiling(count, ElementChunk));

    internal static IEnumerable<Kernel> All => [Total, Finish, .. ClassLosses, .. ElementLosses];
}
