using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/elementwise.cu</c>.</summary>
public static class ElementwiseKernels
{
    private const string Family = "elementwise";

    /// <summary>y[i] = op(x[i]); y may be x. Launch with <see cref="LaunchShape.Elements"/>.</summary>
    public readonly record struct UnaryForward(In<float> X, Out<float> Y, long N, float A, float B);

    /// <summary>dx[i] (+)= dy[i] · op'(saved[i]); dx may be dy.</summary>
    public readonly record struct UnaryBackward(In<float> Saved, In<float> Dy, InOut<float> Dx, long N, float A, float B, int Accumulate);

    /// <summary>y[i] = op(a[i], b[i]), all dense.</summary>
    public readonly record struct BinaryForward(In<float> A, In<float> B, Out<float> Y, long N);

    /// <summary>y[i] = op(a[walk.A(i)], b[walk.B(i)]), y dense.</summary>
    public readonly record struct BinaryForwardStrided(In<float> A, In<float> B, Out<float> Y, KernelWalk Walk, long N);

    /// <summary>d[k] (+)= Σ over r of dy·op' by one operand; walks step through (a, b, dy). Launch by <see cref="ReducePlan"/>.</summary>
    public readonly record struct BinaryBackward(In<float> A, In<float> B, In<float> Dy, InOut<float> D, KernelWalk Kept, KernelWalk Reduced, ReductionShape R);

    /// <summary>y[i] (+)= x[i]·scale where the upper 24 bits of random number i reach the threshold. Launch with 4 elements per thread.</summary>
    public readonly record struct DropoutArguments(In<float> X, InOut<float> Y, long N, uint Threshold, float Scale, RandomKey Key, int Accumulate);

    private static readonly Kernel<UnaryForward>[] Forwards =
        Array.ConvertAll(Enum.GetValues<UnaryOp>(), op => new Kernel<UnaryForward>(Family, $"{op.SnakeName()}_fwd_f32"));
    private static readonly Kernel<UnaryBackward>[] Backwards =
        Array.ConvertAll(Enum.GetValues<UnaryOp>(), op => new Kernel<UnaryBackward>(Family, $"{op.SnakeName()}_bwd_f32"));
    private static readonly Kernel<BinaryForward>[] Binaries =
        Array.ConvertAll(Enum.GetValues<BinaryOp>(), op => new Kernel<BinaryForward>(Family, $"{op.SnakeName()}_fwd_f32"));
    private static readonly Kernel<BinaryForwardStrided>[] Strided =
        Array.ConvertAll(Enum.GetValues<BinaryOp>(), op => new Kernel<BinaryForwardStrided>(Family, $"{op.SnakeName()}_fwd_strided_f32"));
    private static readonly Kernel<BinaryBackward>[] Lefts =
        Array.ConvertAll(Enum.GetValues<BinaryOp>(), op => new Kernel<BinaryBackward>(Family, $"{op.SnakeName()}_bwd_left_f32", 1024));
    private static readonly Kernel<BinaryBackward>[] Rights =
        Array.ConvertAll(Enum.GetValues<BinaryOp>(), op => new Kernel<BinaryBackward>(Family, $"{op.SnakeName()}_bwd_right_f32", 1024));

    /// <summary>Dropout, forward and backward.</summary>
    public static Kernel<DropoutArguments> Dropout { get; } = new(Family, "dropout_f32");

    /// <summary>The kernels of a function of one argument.</summary>
    public static Kernel<UnaryForward> Forward(UnaryOp op) => Forwards[(int)op];

    /// <inheritdoc cref="Forward(UnaryOp)"/>
    public static Kernel<UnaryBackward> Backward(UnaryOp op) => Backwards[(int)op];

    /// <summary>The kernels of a function of two arguments.</summary>
    public static Kernel<BinaryForward> Forward(BinaryOp op) => Binaries[(int)op];

    /// <inheritdoc cref="Forward(BinaryOp)"/>
    public static Kernel<BinaryForwardStrided> ForwardStrided(BinaryOp op) => Strided[(int)op];

    /// <inheritdoc cref="Forward(BinaryOp)"/>
    public static Kernel<BinaryBackward> Backward(BinaryOp op, Operand side) => (side == Operand.Left ? Lefts : Rights)[(int)op];

    /// <summary>The threshold that keeps element i exactly when Philox.Uniform(key, i) ≥ p.</summary>
    public static uint DropoutThreshold(double p) => (uint)Math.Ceiling(p * 16777216.0);

    internal static IEnumerable<Kernel> All => [.. Forwards, .. Backwards, .. Binaries, .. Strided, .. Lefts, .. Rights, Dropout];
}
