namespace NativeEngine.Cpu.Gemm;

/// <summary>How a micro-kernel finds the elements of A.</summary>
internal enum KernelFamily
{
    /// <summary>A(i, k) at a[i * RowStride + k] with a constant stride: rows are copied as they are, nothing is transposed.</summary>
    RowGathered,

    /// <summary>A(i, k) at a[k * lda + i]: for products with A transposed, where a row of memory holds one k.</summary>
    KMajor,
}
