namespace NativeEngine.Core;

/// <summary>
/// One (batched) matrix product C[b] = op(A[b]) · op(B[b]): A is [M, K] (or [K, M] when transposed), B [K, N] (or [N, K]), C [M, N],
/// all row-major. A batch stride of 0 repeats that operand.
/// </summary>
/// <param name="Batch">Number of products.</param>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Length of the inner products; 0 makes C zero (plus bias).</param>
/// <param name="TransA">A is stored [K, M].</param>
/// <param name="TransB">B is stored [N, K].</param>
/// <param name="StrideA">Elements from A[b] to A[b+1].</param>
/// <param name="StrideB">Elements from B[b] to B[b+1].</param>
public readonly record struct GemmSizes(int Batch, int M, int N, int K, bool TransA, bool TransB, long StrideA, long StrideB)
{
    /// <summary>Elements from C[b] to C[b+1].</summary>
    public long StrideC => (long)M * N;

    /// <summary>A single product.</summary>
    public static GemmSizes Single(int m, int n, int k, bool transA = false, bool transB = false) => new(1, m, n, k, transA, transB, 0, 0);
}
