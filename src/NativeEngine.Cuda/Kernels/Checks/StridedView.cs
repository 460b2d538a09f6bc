namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>Up to three tensors of one shape with their strides: the reference's counterpart of <see cref="KernelWalk"/>, without joining.</summary>
internal sealed record StridedView(int[] Extents, long[] A, long[] B, long[] C)
{
    public long Count => Extents.Aggregate(1L, (n, e) => n * e);

    /// <summary>Row-major strides; 0 where a dimension repeats.</summary>
    public static long[] Dense(int[] extents, bool[] repeats)
    {
        var strides = new long[extents.Length];
        long stride = 1;
        for (int d = extents.Length - 1; d >= 0; d--)
        {
            strides[d] = repeats[d] ? 0 : stride;
            stride *= repeats[d] ? 1 : extents[d];
        }

        return strides;
    }

    /// <summary>Elements a tensor with those repetitions has.</summary>
    public static long DenseCount(int[] extents, bool[] repeats) => extents.Where((_, d) => !repeats[d]).Aggregate(1L, (n, e) => n * e);

    /// <summary>The view over some of the dimensions.</summary>
    public StridedView Only(int[] dims) =>
        new([.. dims.Select(d => Extents[d])], [.. dims.Select(d => A[d])], [.. dims.Select(d => B[d])], [.. dims.Select(d => C[d])]);

    /// <summary>The same as kernels take it.</summary>
    public KernelWalk Walk() => KernelWalk.Create(Extents, A, B, C);

    /// <summary>The offset of element <paramref name="index"/> in row-major order.</summary>
    public long At(long[] strides, long index)
    {
        long at = 0;
        for (int d = Extents.Length - 1; d >= 0; d--)
        {
            at += index % Extents[d] * strides[d];
            index /= Extents[d];
        }

        return at;
    }
}
