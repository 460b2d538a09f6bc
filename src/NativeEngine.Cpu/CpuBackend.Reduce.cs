using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Operators;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <summary>Fewer columns than this leave much of their last vector empty; see <see cref="InGroups"/>.</summary>
    private const int NarrowColumns = 16;
    private const int RowsPerGroup = 16;

    /// <inheritdoc/>
    public void Reduce(ReduceOp op, Tensor x, GradTarget y)
    {
        if (op == ReduceOp.Max)
            Down<MaxReduction>(Floats(x), x.Shape, y, 1);
        else
            SumDown(Floats(x), x.Shape, y, op == ReduceOp.Mean ? (double)y.Tensor!.Count / x.Count : 1);
    }

    /// <inheritdoc/>
    public void ArgMax(Tensor x, Tensor index)
    {
        int rows = x.Shape[0], n = x.Shape[1];
        var parts = Partition.Of(rows, Math.Max(1, Grain / Math.Max(1, n)));
        _context.Pool.Run(parts.Chunks, new ArgMaxLoop(parts, Floats(x), Ints(index), n));
    }

    /// <inheritdoc/>
    public void TopK(Tensor x, Tensor values, Tensor index)
    {
        int rows = x.Shape[0], n = x.Shape[1], k = values.Shape[1];
        var parts = Partition.Of(rows, Math.Max(1, Grain / Math.Max(1, n)));
        _context.Pool.Run(parts.Chunks, new TopKLoop(parts, Floats(x), Floats(values), Ints(index), n, k));
    }

    /// <inheritdoc/>
    public void TopKBackward(Tensor index, Tensor dy, GradTarget dx)
    {
        int rows = index.Shape[0], k = index.Shape[1], n = dx.Tensor!.Shape[1];
        float* target = Floats(dx.Tensor), source = Floats(dy);
        int* positions = Ints(index);
        if (!dx.Accumulate)
            Fill(dx.Tensor, 0);
        for (long i = 0; i < (long)rows * k; i++)
            target[i / k * n + positions[i]] += source[i];
    }

    /// <inheritdoc/>
    public void ReduceMaxBackward(Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
        if (!dx.Accumulate)
            Fill(dx.Tensor!, 0);
        var search = new FirstMaxLoop(x, y, dy, dx.Tensor!);
        _context.Pool.Run(search.Chunks, search);
    }

    /// <summary>y (+)= scale · the sum of x over every dimension where y's extent is 1.</summary>
    private void SumDown(float* x, Shape shape, GradTarget y, double scale) => Down<SumReduction>(x, shape, y, (float)scale);

    /// <summary>
    /// Reduces one group of neighbouring dimensions after the other, the one nearest to the end of memory first; each step
    /// turns [outer, length, inner] into [outer, inner].
    /// </summary>
    private void Down<TReduction>(float* x, Shape shape, GradTarget y, float scale) where TReduction : struct, IReduction
    {
        var target = y.Tensor!;
        Span<(long Extent, bool Reduced)> groups = stackalloc (long, bool)[Shape.MaxRank + 2];
        int count = Groups(shape, target.Shape, groups);
        NativeBlock held = default;
        try
        {
            while (true)
            {
                int at = count - 1;
                while (at >= 0 && !groups[at].Reduced)
                    at--;
                long outer = 1, inner = 1;
                for (int i = 0; i < at; i++)
                    outer *= groups[i].Extent;
                for (int i = at + 1; i < count; i++)
                    inner *= groups[i].Extent;
                bool last = true;
                for (int i = 0; i < at; i++)
                    last &= !groups[i].Reduced;
                long length = at >= 0 ? groups[at].Extent : 1;
                if (last)
                {
                    Step<TReduction>(x, outer, length, inner, Floats(target), y.Accumulate, scale);
                    return;
                }

                NativeBlock partial = _context.Memory.Rent(outer * inner * sizeof(float));
                Step<TReduction>(x, outer, length, inner, partial.Floats, accumulate: false, 1);
                _context.Memory.Return(held);
                held = partial;
                x = partial.Floats;
                groups[at] = (1, false);
            }
        }
        finally
        {
            _context.Memory.Return(held);
        }
    }

    private void Step<TReduction>(float* x, long outer, long length, long inner, float* y, bool accumulate, float scale) where TReduction : struct, IReduction
    {
        if (outer == 0 || inner == 0)
            return;
        if (inner == 1)
        {
            // Few long rows are cut in pieces; the pieces' results are combined in order.
            int pieces = outer >= Partition.MaxChunks ? 1 : (int)Math.Clamp(length / (4 * Grain), 1, Partition.MaxChunks);
            if (pieces > 1)
            {
                InPieces<TReduction>(x, outer, length, 1, pieces, y, accumulate, scale);
                return;
            }

            var parts = Partition.Of(outer, Math.Max(1, Grain / Math.Max(1, length)));
            Run(parts, new RowReduceLoop<TReduction>(parts, x, length, y, accumulate, scale));
            return;
        }

        if (outer == 1 && inner < NarrowColumns && length >= 8 * RowsPerGroup)
        {
            InGroups<TReduction>(x, length, inner, y, accumulate, scale);
            return;
        }

        int blocks = (int)((inner + ColumnReduceLoop<TReduction>.BlockColumns - 1) / ColumnReduceLoop<TReduction>.BlockColumns);
        int splits = outer * blocks >= Partition.MaxChunks ? 1
            : (int)Math.Clamp(length * inner / (4 * Grain), 1, Math.Clamp(length / 8, 1, Partition.MaxChunks));
        if (splits > 1)
        {
            InPieces<TReduction>(x, outer, length, inner, splits, y, accumulate, scale);
            return;
        }

        var columns = new ColumnReduceLoop<TReduction>(x, outer, length, inner, y, accumulate, scale);
        Run(columns.Parts, columns);
    }

    /// <summary>
    /// Columns that fill a vector badly: 16 neighbouring rows are whole vectors of memory. They are reduced as one wide row first, then
    /// its 16 parts and the rows left over.
    /// </summary>
    private void InGroups<TReduction>(float* x, long length, long inner, float* y, bool accumulate, float scale) where TReduction : struct, IReduction
    {
        long groups = length / RowsPerGroup, rest = (length - groups * RowsPerGroup) * inner, wide = RowsPerGroup * inner;
        NativeBlock partial = _context.Memory.Rent((wide + rest) * sizeof(float));
        try
        {
            Step<TReduction>(x, 1, groups, wide, partial.Floats, accumulate: false, 1);
            VectorCopy.Copy(partial.Floats + wide, x + groups * wide, (nint)rest);
            var columns = new ColumnReduceLoop<TReduction>(partial.Floats, 1, (wide + rest) / inner, inner, y, accumulate, scale);
            Run(columns.Parts, columns);
        }
        finally
        {
            _context.Memory.Return(partial);
        }
    }

    /// <summary>Cuts a long reduced extent in pieces whose number depends on the sizes alone, then combines the pieces' results in order.</summary>
    private void InPieces<TReduction>(float* x, long outer, long length, long inner, int pieces, float* y, bool accumulate, float scale)
        where TReduction : struct, IReduction
    {
        NativeBlock partial = _context.Memory.Rent(outer * pieces * inner * sizeof(float));
        try
        {
            Run((int)(outer * pieces), new PieceReduceLoop<TReduction>(x, length, inner, pieces, partial.Floats));
            var columns = new ColumnReduceLoop<TReduction>(partial.Floats, outer, pieces, inner, y, accumulate, scale);
            Run(columns.Parts, columns);
        }
        finally
        {
            _context.Memory.Return(partial);
        }
    }

    /// <summary>The extents in memory order, neighbours of one kind merged; returns how many groups there are.</summary>
    private static int Groups(Shape shape, Shape reduced, Span<(long Extent, bool Reduced)> groups)
    {
        ReadOnlySpan<int> order = shape.Rank == 4 ? [0, 2, 3, 1] : [0, 1, 2, 3, 4, 5];
        int count = 0;
        for (int i = 0; i < shape.Rank; i++)
        {
            int axis = order[i], extent = shape[axis];
            bool isReduced = reduced[axis] != extent;
            if (extent == 1)
                continue;
            if (count > 0 && groups[count - 1].Reduced == isReduced)
                groups[count - 1].Extent *= extent;
            else
                groups[count++] = (extent, isReduced);
        }

        return count;
    }
}
