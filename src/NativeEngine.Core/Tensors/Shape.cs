using System.Runtime.CompilerServices;

namespace NativeEngine.Core;

/// <summary>
/// The logical extents of a tensor, written as people read them: images [N, C, H, W], filters [K, C, R, S], matrices [rows, columns].
/// </summary>
/// <remarks>
/// Memory order follows from the rank: rank 4 is channels-last ([N, C, H, W] lies as N, H, W, C; filters as K, R, S, C),
/// every other rank is row-major. <see cref="DenseStrides"/> says it in numbers.
/// </remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<int>
{
    /// <summary>The most dimensions a tensor can have.</summary>
    public const int MaxRank = 6;

    private const long MostElements = long.MaxValue >> 4;

    private readonly int[]? _dims;

    private Shape(int[] dims) => _dims = dims;

    private int[] Dims => _dims ?? [];

    /// <summary>The shape of a scalar, [].</summary>
    public static Shape Scalar => default;

    /// <summary>Number of dimensions.</summary>
    public int Rank => Dims.Length;

    /// <summary>The extent of dimension <paramref name="axis"/>; negative axes count from the end.</summary>
    public int this[int axis] => Dims[Axis(axis)];

    /// <summary>Number of elements: the product of the extents, 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int d in Dims)
                count *= d;
            return count;
        }
    }

    /// <summary>A shape with these extents; each must be ≥ 0 and there are at most <see cref="MaxRank"/>.</summary>
    public static Shape Create(ReadOnlySpan<int> dims)
    {
        if (dims.Length > MaxRank)
            throw new ShapeException("shape", $"{dims.Length} dimensions given, at most {MaxRank} are supported");
        double count = 1;
        foreach (int d in dims)
        {
            if (d < 0)
                throw new ShapeException("shape", $"[{string.Join(',', dims.ToArray())}] has a negative extent");
            count *= Math.Max(d, 1); // extents of 0 hide nothing: strides are products of the others
        }

        if (count > MostElements)
            throw new ShapeException("shape", $"[{string.Join(',', dims.ToArray())}] has more elements than the {MostElements} whose bytes can be counted");

        return new Shape(dims.ToArray());
    }

    /// <summary>The extents as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => Dims;

    /// <summary>The extents as a new array.</summary>
    public int[] ToArray() => [.. Dims];

    /// <summary>Maps a possibly negative axis to 0 … rank-1 or throws.</summary>
    public int Axis(int axis)
    {
        int rank = Rank, result = axis < 0 ? axis + rank : axis;
        return (uint)result < (uint)rank
            ? result
            : throw new ShapeException("shape", $"axis {axis} is outside {this}, which has {rank} dimensions");
    }

    /// <summary>This shape with one extent replaced.</summary>
    public Shape With(int axis, int extent)
    {
        var dims = ToArray();
        dims[Axis(axis)] = extent;
        return Create(dims);
    }

    /// <summary>
    /// The element strides of a dense tensor of this shape in the engine's memory order: channels-last for rank 4,
    /// row-major otherwise.
    /// </summary>
    public long[] DenseStrides()
    {
        var strides = new long[Rank];
        if (Rank == 4)
        {
            int c = Dims[1], h = Dims[2], w = Dims[3];
            (strides[0], strides[1], strides[2], strides[3]) = ((long)h * w * c, 1, (long)w * c, c);
            return strides;
        }

        return RowMajorStrides();
    }

    /// <summary>True when the engine's memory order of a dense tensor of this shape is the row-major order.</summary>
    public bool IsRowMajor => Rank != 4 || Dims[1] <= 1 || (Dims[2] <= 1 && Dims[3] <= 1);

    /// <summary>The element strides of a row-major tensor: the order of files and of PyTorch's default layout.</summary>
    public long[] RowMajorStrides()
    {
        var strides = new long[Rank];
        long stride = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Dims[i];
        }

        return strides;
    }

    /// <summary>
    /// The shape both operands broadcast to by NumPy's rule: align at the last dimension; extents must be equal or one of them 1.
    /// </summary>
    public static Shape Broadcast(string op, Shape a, Shape b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var dims = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int da = i <= a.Rank ? a[-i] : 1, db = i <= b.Rank ? b[-i] : 1;
            dims[rank - i] = da == db || db == 1 ? da : da == 1 ? db
                : throw new ShapeException(op, $"{a} and {b} do not broadcast: extents {da} and {db} differ and neither is 1");
        }

        return Create(dims);
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dims.AsSpan().SequenceEqual(other.Dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int d in Dims)
            hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>Equal rank and extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Different rank or extents.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The extents in brackets: <c>[64,3,7,7]</c>.</summary>
    public override string ToString() => $"[{string.Join(',', Dims)}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Dims).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
