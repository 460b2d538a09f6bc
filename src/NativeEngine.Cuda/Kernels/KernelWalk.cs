using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>
/// How a kernel steps through up to three tensors of one shape together: extents, outermost first, and each tensor's element
/// strides (0 where it repeats). Mirrors <c>ne_walk</c>.
/// </summary>
/// <param name="Rank">Number of dimensions, 0 … 6.</param>
/// <param name="Extent">Extents, outermost first.</param>
/// <param name="A">Element strides of the first tensor.</param>
/// <param name="B">Element strides of the second tensor.</param>
/// <param name="C">Element strides of the third tensor.</param>
[CudaType("ne_walk")]
public readonly record struct KernelWalk(int Rank, Six<uint> Extent, Six<long> A, Six<long> B, Six<long> C)
{
    /// <summary>
    /// The walk over <paramref name="extents"/> in the given order (outermost first). Extents of 1 are dropped, and neighbouring
    /// dimensions that all tensors step through without a gap are joined.
    /// </summary>
    /// <param name="extents">Extents; each below 2^32, their product too.</param>
    /// <param name="a">Strides of the first tensor.</param>
    /// <param name="b">Strides of the second tensor, or empty.</param>
    /// <param name="c">Strides of the third tensor, or empty.</param>
    /// <exception cref="DeviceException">There are 2^32 elements or more.</exception>
    public static KernelWalk Create(ReadOnlySpan<int> extents, ReadOnlySpan<long> a, ReadOnlySpan<long> b = default, ReadOnlySpan<long> c = default)
    {
        Six<uint> extent = default;
        Six<long> first = default, second = default, third = default;
        ulong elements = 1;
        foreach (int size in extents)
            elements = size == 0 ? 0 : elements > uint.MaxValue ? elements : elements * (ulong)size;
        if (elements > uint.MaxValue)
            throw new DeviceException($"{elements} elements or more in one step through strides: kernels count to {uint.MaxValue}; use a smaller batch");
        int last = -1; // the innermost dimension kept so far
        for (int d = 0; d < extents.Length; d++)
        {
            if (extents[d] == 1)
                continue;
            long sa = a[d], sb = b.IsEmpty ? 0 : b[d], sc = c.IsEmpty ? 0 : c[d], size = extents[d];
            if (last >= 0 && first[last] == sa * size && second[last] == sb * size && third[last] == sc * size)
            {
                extent[last] *= (uint)size;
            }
            else
            {
                last++;
                if (last == Six<int>.Length)
                    throw new ArgumentException($"a kernel walk has at most {Six<int>.Length} dimensions, got {extents.Length}", nameof(extents));
                extent[last] = (uint)size;
            }

            (first[last], second[last], third[last]) = (sa, sb, sc);
        }

        return new(last + 1, extent, first, second, third);
    }
}
