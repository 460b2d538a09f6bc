using System.Runtime.CompilerServices;
using NativeEngine.Core;

namespace NativeEngine.Cpu.Simd;

/// <summary>
/// A nest of loops over the elements of a target and up to three sources of the same logical shape: dimensions of extent 1 are
/// dropped, the rest is ordered by the target's strides, and neighbours that lie seamlessly in every array are merged. So dense
/// arrays become one loop, and a per-channel operand becomes two.
/// </summary>
internal struct LoopNest
{
    private const int MaxArrays = 4;

    private Extents _extents;
    private Strides _strides;

    /// <summary>Number of loops, at least 1.</summary>
    public int Depth { get; private set; }

    /// <summary>All elements.</summary>
    public long Count { get; private set; }

    /// <summary>Iterations of a loop; the last is the innermost.</summary>
    public readonly long Extent(int loop) => _extents[loop];

    /// <summary>Elements between neighbours of array <paramref name="array"/> (0 is the target).</summary>
    public readonly long Stride(int array, int loop) => _strides[array * Shape.MaxRank + loop];

    /// <summary>Iterations of the innermost loop.</summary>
    public readonly long Inner => _extents[Depth - 1];

    /// <summary>Element offset of the target or a source at the start of innermost loop number <paramref name="row"/>.</summary>
    public readonly long Offset(int array, long row)
    {
        long offset = 0;
        for (int loop = Depth - 2; loop >= 0; loop--)
        {
            offset += row % _extents[loop] * Stride(array, loop);
            row /= _extents[loop];
        }

        return offset;
    }

    /// <summary>
    /// The loop along which source 1 has neighbours while the target has them along the innermost one, so that copying is a
    /// transposition; -1 when there is none.
    /// </summary>
    public readonly int TransposedLoop()
    {
        // A source that repeats along the innermost loop is filled in, not transposed.
        if (Depth < 2 || Stride(0, Depth - 1) != 1 || Stride(1, Depth - 1) is 0 or 1)
            return -1;
        for (int loop = 0; loop < Depth - 1; loop++)
        {
            if (Stride(1, loop) == 1)
                return loop;
        }

        return -1;
    }

    /// <summary>Element offset of an array for iteration number <paramref name="index"/> of all loops but the innermost and
    /// <paramref name="without"/>.</summary>
    public readonly long OffsetWithout(int array, int without, long index)
    {
        long offset = 0;
        for (int loop = Depth - 2; loop >= 0; loop--)
        {
            if (loop == without)
                continue;
            offset += index % _extents[loop] * Stride(array, loop);
            index /= _extents[loop];
        }

        return offset;
    }

    /// <summary>Plans the loops for tensors of one logical shape, the target first.</summary>
    public static LoopNest Over(params ReadOnlySpan<Tensor> arrays)
    {
        if (arrays.Length > MaxArrays)
            throw new ArgumentException($"at most {MaxArrays} arrays");
        var shape = arrays[0].Shape.AsSpan();
        Span<int> order = stackalloc int[Shape.MaxRank];
        int rank = 0;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 1)
                continue;
            // Insertion by falling target stride; equal strides (0 among them) keep their logical order.
            int at = rank++;
            for (; at > 0 && arrays[0].Strides[order[at - 1]] < arrays[0].Strides[i]; at--)
                order[at] = order[at - 1];
            order[at] = i;
        }

        var nest = new LoopNest { Count = arrays[0].Count };
        for (int i = 0; i < rank; i++)
            nest.Append(shape[order[i]], arrays, order[i]);
        if (nest.Depth == 0)
            nest._extents[nest.Depth++] = 1;
        return nest;
    }

    private void Append(long extent, ReadOnlySpan<Tensor> arrays, int dimension)
    {
        bool seamless = Depth > 0;
        for (int a = 0; seamless && a < arrays.Length; a++)
            seamless = Stride(a, Depth - 1) == extent * arrays[a].Strides[dimension];
        if (seamless)
        {
            _extents[Depth - 1] *= extent;
        }
        else
        {
            _extents[Depth++] = extent;
        }

        for (int a = 0; a < arrays.Length; a++)
            _strides[a * Shape.MaxRank + Depth - 1] = arrays[a].Strides[dimension];
    }

    [InlineArray(Shape.MaxRank)]
    private struct Extents
    {
        private long _first;
    }

    [InlineArray(MaxArrays * Shape.MaxRank)]
    private struct Strides
    {
        private long _first;
    }
}
