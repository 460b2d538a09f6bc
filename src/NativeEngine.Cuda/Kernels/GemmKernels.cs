namespace NativeEngine.Cuda.Kernels;

/// <summary>Kernels of <c>kernels/gemm.cu</c>.</summary>
public static class GemmKernels
{
    private const string Family = "gemm";
    private const int TileBytes = 2 * 16 * 68 * 4;

    /// <summary>C[b] (+)= op(A[b])·op(B[b]) + bias, row-major; bias [n] or none. Launch with <see cref="Shape"/>.</summary>
    public readonly record struct Gemm(In<float> A, In<float> B, In<float> Bias, InOut<float> C, GemmShape S, int Accumulate);

    /// <summary>Sizes of a product. Mirrors <c>ne_gemm</c>.</summary>
    [CudaType("ne_gemm")]
    public readonly record struct GemmShape(int M, int N, int K, long StrideA, long StrideB);

    private static readonly Kernel<Gemm>[] Kernels =
    [
        new(Family, "gemm_nn_f32", TileBytes), new(Family, "gemm_nt_f32", TileBytes),
        new(Family, "gemm_tn_f32", TileBytes), new(Family, "gemm_tt_f32", TileBytes),
    ];

    /// <summary>The kernel for these transpositions.</summary>
    public static Kernel<Gemm> For(bool transA, bool transB) => Kernels[(transA ? 2 : 0) + (transB ? 1 : 0)];

    /// <summary>Grid and block for an m x n result and a batch.</summary>
    public static LaunchShape Shape(int m, int n, int batch) => new(Tiles(m), Tiles(n), batch, Kernel.MaxBlock);

    internal static int Tiles(long extent) => checked((int)LaunchShape.Ceiling(extent, 64));

    internal static IEnumerable<Kernel> All => Kernels;
}
