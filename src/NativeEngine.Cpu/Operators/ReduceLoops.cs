using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>The inner loops of reductions. Sums run in short float blocks whose results add up in a fixed order.</summary>
internal static unsafe class ReduceRange<TReduction> where TReduction : struct, IReduction
{
    /// <summary>Elements of a row that are summed in single precision before the sum moves on to double.</summary>
    private const int RowBlock = 2048;

    /// <summary>Rows that are summed in one register before the sum moves on.</summary>
    private const int ColumnBlock = 256;

    /// <summary>Combines <paramref name="count"/> neighbouring elements.</summary>
    public static double Row<V>(float* x, long count) where V : struct, ILanes<V>
    {
        double total = TReduction.Identity;
        for (long start = 0; start < count; start += RowBlock)
        {
            float* source = x + start;
            nint i = 0, n = (nint)Math.Min(RowBlock, count - start), width = V.Width;
            V a = V.Create(TReduction.Identity), b = a, c = a, d = a;
            for (; i <= n - 4 * width; i += 4 * width)
            {
                a = TReduction.Combine(a, V.Load(source + i));
                b = TReduction.Combine(b, V.Load(source + i + width));
                c = TReduction.Combine(c, V.Load(source + i + 2 * width));
                d = TReduction.Combine(d, V.Load(source + i + 3 * width));
            }

            for (; i <= n - width; i += width)
                a = TReduction.Combine(a, V.Load(source + i));
            if (i < n)
                b = TReduction.Combine(b, LaneTail.Load<V>(source + i, n - i, TReduction.Identity));
            total = TReduction.Combine(total, TReduction.Across(TReduction.Combine(TReduction.Combine(a, b), TReduction.Combine(c, d))));
        }

        return total;
    }

    /// <summary>y[c] (+)= scale · the combination of <paramref name="rows"/> values of column c, columns start … end-1.</summary>
    public static void Columns<V>(float* x, long rows, long stride, long start, long end, float* y, bool accumulate, float scale) where V : struct, ILanes<V>
    {
        long c = start;
        int width = V.Width;
        for (; c <= end - 2 * width; c += 2 * width)
        {
            V totalA = V.Create(TReduction.Identity), totalB = totalA;
            for (long block = 0; block < rows; block += ColumnBlock)
            {
                V a = V.Create(TReduction.Identity), b = a;
                float* source = x + block * stride + c;
                for (long r = Math.Min(ColumnBlock, rows - block); r > 0; r--, source += stride)
                {
                    a = TReduction.Combine(a, V.Load(source));
                    b = TReduction.Combine(b, V.Load(source + width));
                }

                totalA = TReduction.Combine(totalA, a);
                totalB = TReduction.Combine(totalB, b);
            }

            Finish(totalA, y + c, accumulate, scale);
            Finish(totalB, y + c + width, accumulate, scale);
        }

        for (; c < end; c += width)
        {
            nint n = (nint)Math.Min(width, end - c);
            V total = V.Create(TReduction.Identity);
            for (long block = 0; block < rows; block += ColumnBlock)
            {
                V a = V.Create(TReduction.Identity);
                float* source = x + block * stride + c;
                for (long r = Math.Min(ColumnBlock, rows - block); r > 0; r--, source += stride)
                    a = TReduction.Combine(a, n == width ? V.Load(source) : LaneTail.Load<V>(source, n));
                total = TReduction.Combine(total, a);
            }

            if (n == width)
            {
                Finish(total, y + c, accumulate, scale);
                continue;
            }

            V value = total * V.Create(scale);
            LaneTail.Store(accumulate ? LaneTail.Load<V>(y + c, n) + value : value, y + c, n);
        }
    }

    private static void Finish<V>(V total, float* y, bool accumulate, float scale) where V : struct, ILanes<V>
    {
        V value = total * V.Create(scale);
        V.Store(accumulate ? V.Load(y) + value : value, y);
    }
}

/// <summary>[rows, length] to [rows].</summary>
internal readonly unsafe struct RowReduceLoop<TReduction>(Partition parts, float* x, long length, float* y, bool accumulate, float scale) : ILaneBody
    where TReduction : struct, IReduction
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        long end = parts.End(chunk);
        for (long row = parts.Start(chunk); row < end; row++)
        {
            float value = (float)(ReduceRange<TReduction>.Row<V>(x + row * length, length) * scale);
            y[row] = accumulate ? y[row] + value : value;
        }
    }
}

/// <summary>[outer, length, inner] to [outer, inner]; a chunk is some columns of one outer block.</summary>
internal readonly unsafe struct ColumnReduceLoop<TReduction>(float* x, long outer, long length, long inner, float* y, bool accumulate, float scale) : ILaneBody
    where TReduction : struct, IReduction
{
    /// <summary>Columns of a chunk: two cache lines.</summary>
    public const int BlockColumns = 32;

    private readonly long _blocks = (inner + BlockColumns - 1) / BlockColumns;

    public Partition Parts => Partition.Of(outer * _blocks, Math.Max(1, 16 * 1024 / (BlockColumns * Math.Max(1, length))));

    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        var parts = Parts;
        long end = parts.End(chunk);
        for (long at = parts.Start(chunk); at < end; at++)
        {
            long block = at / _blocks, start = (at - block * _blocks) * BlockColumns;
            ReduceRange<TReduction>.Columns<V>(x + block * length * inner, length, inner, start, Math.Min(inner, start + BlockColumns), y + block * inner,
                accumulate, scale);
        }
    }
}

/// <summary>[outer, length, inner] to [outer, pieces, inner]: a chunk is one piece of the length.</summary>
internal readonly unsafe struct PieceReduceLoop<TReduction>(float* x, long length, long inner, int pieces, float* y) : ILaneBody
    where TReduction : struct, IReduction
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        long block = chunk / pieces, piece = chunk % pieces, start = length * piece / pieces, end = length * (piece + 1) / pieces;
        float* source = x + (block * length + start) * inner;
        if (inner == 1)
            y[chunk] = (float)ReduceRange<TReduction>.Row<V>(source, end - start);
        else
            ReduceRange<TReduction>.Columns<V>(source, end - start, inner, 0, inner, y + chunk * inner, accumulate: false, 1);
    }
}
