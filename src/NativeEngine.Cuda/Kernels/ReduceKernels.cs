namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/reduce.cu</c>.</summary>
public static class ReduceKernels
{
    private const string Family = "reduce";

    /// <summary>y[k] (+)= scale · combine over r of x[kept.A(k) + reduced.A(r)]. Launch by <see cref="ReducePlan"/>.</summary>
    public readonly record struct Reduce(In<float> X, InOut<float> Y, KernelWalk Kept, KernelWalk Reduced, ReductionShape R);

    /// <summary>dx (+)= dy at the first largest of every reduced set, elsewhere 0 when overwriting. One block per result.</summary>
    public readonly record struct MaxBackwardArguments(In<float> X, In<float> Dy, InOut<float> Dx, KernelWalk Kept, KernelWalk Reduced, long NKept,
        long NReduced, int Accumulate);

    /// <summary>The k largest of every row of x [rows, n], values may be none. One block per row; k = 1 is arg-max.</summary>
    public readonly record struct TopKArguments(In<float> X, Out<float> Values, Out<int> Index, long Rows, int N, int K);

    /// <summary>dx[r, index[r, j]] (+)= dy[r, j]; zero dx first when overwriting.</summary>
    public readonly record struct TopKBackwardArguments(In<int> Index, In<float> Dy, InOut<float> Dx, long Rows, int N, int K, int Accumulate);

    /// <summary>Sum; the mean is a sum scaled by 1/n.</summary>
    public static Kernel<Reduce> Sum { get; } = new(Family, "reduce_sum_f32", 1024);

    /// <summary>Maximum; NaN wins.</summary>
    public static Kernel<Reduce> Max { get; } = new(Family, "reduce_max_f32", 1024);

    /// <summary>Gradient of the maximum.</summary>
    public static Kernel<MaxBackwardArguments> MaxBackward { get; } = new(Family, "reduce_max_bwd_f32", 64);

    /// <summary>Arg-max and top-k.</summary>
    public static Kernel<TopKArguments> TopK { get; } = new(Family, "top_k_f32", 64);

    /// <summary>Gradient of top-k.</summary>
    public static Kernel<TopKBackwardArguments> TopKBackward { get; } = new(Family, "top_k_bwd_f32");

    internal static IEnumerable<Kernel> All => [Sum, Max, MaxBackward, TopK, TopKBackward];
}
