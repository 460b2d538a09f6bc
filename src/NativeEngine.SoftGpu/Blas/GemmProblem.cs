using NativeEngine.Cpu;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.SoftGpu.Libraries;

namespace NativeEngine.SoftGpu.Blas;

/// <summary>D = alpha * op(A) op(B) + beta * C (+ bias, ReLU), column-major, for a batch: the one product behind cuBLAS and cuBLASLt.</summary>
internal sealed unsafe record GemmProblem(CublasOp OpA, CublasOp OpB, int M, int N, int K)
{
    public required Matrix A { get; init; }

    public required Matrix B { get; init; }

    /// <summary>Read when beta is not zero; may be the same memory as <see cref="D"/>.</summary>
    public required Matrix C { get; init; }

    public required Matrix D { get; init; }

    public int Batch { get; init; } = 1;

    /// <summary>Added along the rows of D; 0 for none.</summary>
    public ulong Bias { get; init; }

    public bool Relu { get; init; }

    /// <summary>How inputs are rounded before they are multiplied, or null.</summary>
    public Func<float, float>? Round { get; init; }

    /// <summary>A stored matrix: address, leading dimension, distance to the next one of the batch.</summary>
    public readonly record struct Matrix(ulong Address, long Ld, long Stride)
    {
        /// <summary>Bytes from the first element to behind the last.</summary>
        public long Bytes(long rows, long cols, int batch) => rows == 0 || cols == 0 || batch == 0 ? 0
            : sizeof(float) * ((batch - 1) * Stride + (cols - 1) * Ld + rows);
    }

    private (int Rows, int Cols) StoredA => OpA == CublasOp.None ? (M, K) : (K, M);

    private (int Rows, int Cols) StoredB => OpB == CublasOp.None ? (K, N) : (N, K);

    public long Flops => 2L * M * N * K * Batch;

    /// <summary>Checks everything that does not need the data.</summary>
    public void Validate(bool readsC)
    {
        if (!Enum.IsDefined(OpA) || !Enum.IsDefined(OpB))
            throw Invalid($"operations {(int)OpA}, {(int)OpB} are unknown");
        if (M < 0 || N < 0 || K < 0 || Batch < 0)
            throw Invalid($"m {M}, n {N}, k {K}, batch {Batch}: no size may be negative");
        CheckLd("lda", A.Ld, StoredA.Rows);
        CheckLd("ldb", B.Ld, StoredB.Rows);
        CheckLd("ldc", C.Ld, M);
        CheckLd("ldd", D.Ld, M);
        if (M == 0 || N == 0 || Batch == 0)
            return;
        if (K > 0)
        {
            LibraryCall.CheckPointer("A", A.Address, sizeof(float));
            LibraryCall.CheckPointer("B", B.Address, sizeof(float));
        }
        if (readsC)
            LibraryCall.CheckPointer("C", C.Address, sizeof(float));
        LibraryCall.CheckPointer("D", D.Address, sizeof(float));
        if (Batch > 1 && Math.Abs(D.Stride) < (N - 1) * D.Ld + M)
            throw Invalid($"batch stride {D.Stride} lets the results overlap: one takes {(N - 1) * D.Ld + M} elements");
        long bytes = D.Bytes(M, N, Batch);
        if (K > 0)
        {
            LibraryCall.CheckOverlap("the result", D.Address, bytes, "A", A.Address, A.Bytes(StoredA.Rows, StoredA.Cols, Batch));
            LibraryCall.CheckOverlap("the result", D.Address, bytes, "B", B.Address, B.Bytes(StoredB.Rows, StoredB.Cols, Batch));
        }
        if (readsC && C != D)
            LibraryCall.CheckOverlap("the result", D.Address, bytes, "C", C.Address, C.Bytes(M, N, Batch));
    }

    /// <summary>Computes it; runs as device work.</summary>
    public void Run(WorkScope scope, CpuContext cpu, float alpha, float beta)
    {
        if (M == 0 || N == 0 || Batch == 0)
            return;
        float* a = K == 0 ? null : (float*)scope.ReadInitialized(A.Address, A.Bytes(StoredA.Rows, StoredA.Cols, Batch), "A");
        float* b = K == 0 ? null : (float*)scope.ReadInitialized(B.Address, B.Bytes(StoredB.Rows, StoredB.Cols, Batch), "B");
        float* c = beta == 0 ? null : (float*)scope.ReadInitialized(C.Address, C.Bytes(M, N, Batch), "C");
        float* bias = Bias == 0 ? null : (float*)scope.ReadInitialized(Bias, (long)M * sizeof(float), "bias");
        float* d = (float*)scope.WriteInitialized(D.Address, D.Bytes(M, N, Batch), "D");
        using var scratch = new HostScratch((long)M * N);
        for (int item = 0; item < Batch; item++)
        {
            Product(cpu, a + item * A.Stride, b + item * B.Stride, scratch.Pointer);
            for (int j = 0; j < N; j++)
                for (int i = 0; i < M; i++)
                {
                    float value = alpha * scratch.Pointer[(long)j * M + i];
                    if (beta != 0)
                        value += beta * c[item * C.Stride + j * C.Ld + i];
                    if (bias is not null)
                        value += bias[i];
                    d[item * D.Stride + j * D.Ld + i] = Relu && value < 0 ? 0 : value;
                }
        }
    }

    // Column-major C [m, n] = A B is row-major C^T [n, m] = B^T A^T: B is the left operand, and "not transposed" stays so.
    private void Product(CpuContext cpu, float* a, float* b, float* result)
    {
        var left = StoredB;
        var right = StoredA;
        using var roundedLeft = new HostScratch(Round is null ? 0 : left.Cols * B.Ld);
        using var roundedRight = new HostScratch(Round is null ? 0 : right.Cols * A.Ld);
        if (Round is not null && K > 0)
        {
            b = Rounded(b, left.Rows, left.Cols, B.Ld, roundedLeft.Pointer);
            a = Rounded(a, right.Rows, right.Cols, A.Ld, roundedRight.Pointer);
        }
        GemmDriver.Multiply(cpu, new GemmArguments
        {
            Batch = 1,
            M = N,
            N = M,
            K = K,
            A = b,
            TransposeA = OpB != CublasOp.None,
            Lda = (nint)B.Ld,
            B = a,
            TransposeB = OpA != CublasOp.None,
            Ldb = (nint)A.Ld,
            C = result,
            Ldc = M,
        });
    }

    private float* Rounded(float* source, int rows, int cols, long ld, float* target)
    {
        for (int j = 0; j < cols; j++)
            for (int i = 0; i < rows; i++)
                target[j * ld + i] = Round!(source[j * ld + i]);
        return target;
    }

    private static void CheckLd(string name, long ld, int rows)
    {
        if (ld < Math.Max(1, rows))
            throw Invalid($"{name} {ld} is below the {rows} rows of the stored matrix");
    }

    private static LibraryException Invalid(string message) => new(LibraryError.InvalidValue, message);
}
