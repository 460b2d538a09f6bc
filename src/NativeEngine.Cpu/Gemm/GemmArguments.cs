namespace NativeEngine.Cpu.Gemm;

/// <summary>C[b] = or += op(A[b]) * op(B[b]) for b in 0 .. Batch-1; C is [M, N] row-major.</summary>
internal unsafe struct GemmArguments
{
    public int Batch, M, N, K;

    /// <summary>[M, K], or [K, M] if transposed.</summary>
    public float* A;
    public bool TransposeA;
    public nint Lda;
    public long BatchStrideA;

    /// <summary>[K, N], or [N, K] if transposed.</summary>
    public float* B;
    public bool TransposeB;
    public nint Ldb;
    public long BatchStrideB;

    public float* C;
    public nint Ldc;
    public long BatchStrideC;

    /// <summary>C += instead of C =.</summary>
    public bool Accumulate;
    public Epilogue Epilogue;

    /// <summary>Dense operands of one product.</summary>
    public static GemmArguments Dense(float* a, bool transposeA, float* b, bool transposeB, float* c, int m, int n, int k, bool accumulate) => new()
    {
        Batch = 1, M = m, N = n, K = k,
        A = a, TransposeA = transposeA, Lda = transposeA ? m : k,
        B = b, TransposeB = transposeB, Ldb = transposeB ? k : n,
        C = c, Ldc = n, Accumulate = accumulate,
    };
}
