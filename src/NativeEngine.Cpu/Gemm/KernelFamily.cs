namespace NativeEngine.Cpu.Gemm;

/// <summary>How a micro-kernel finds the elements of A.</summary>
internal enum KernelFamily
{
    /// <summary>A(i, k) at a[i * RowStride + k] with a constant stride: rows are copied as they are, nothing is transposed.</summary>
    RowGathered,

    /// <summary>A(i, k) at a[k * lda + i]: for products with A transposed, where a row of memory holds one k.</summary>
    KMajor,

    /// <summary>A(i, k) at a[i * LongRowStride + k]: as <see cref="RowGathered"/> with longer rows, for deep products, whose sums then pass through memory less
    /// often.</summary>
    LongRows,

    /// <summary>
    /// A(i, (r, k)) at a[i * step + r * (kc + skipA) + k] with a step of its own per kernel: windows of an image are read where they lie.
    /// The panel starts with a row of what the sums start from.
    /// </summary>
    ImageRows,

    /// <summary>
    /// A(i, (p, k)) at a[p * (kc * lda + skipA) + k * lda + i], B alike: sums over the pixels of an image, where i is a float of the window.
    /// B is read where it lies too; C has whole vectors.
    /// </summary>
    ImageColumns,
}
