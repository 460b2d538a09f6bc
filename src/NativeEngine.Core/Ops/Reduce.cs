namespace NativeEngine.Core;

/// <summary>Ops that combine elements along axes.</summary>
public static class Reduce
{
    private static readonly string[] Names = SnakeCase.OfMembers<ReduceOp>();

    /// <summary>Sum over <paramref name="axes"/> (all when none are given). Backward keeps nothing.</summary>
    public static Tensor Sum(this Tensor x, ReadOnlySpan<int> axes = default, bool keepDim = false) => Over(ReduceOp.Sum, x, axes, keepDim);

    /// <summary>Mean over <paramref name="axes"/> (all when none are given); NaN over nothing. Backward keeps nothing.</summary>
    public static Tensor Mean(this Tensor x, ReadOnlySpan<int> axes = default, bool keepDim = false) => Over(ReduceOp.Mean, x, axes, keepDim);

    /// <summary>
    /// Largest element over <paramref name="axes"/> (all when none are given); a NaN counts as largest, the first in row-major order takes the gradient of a
    /// tie.
    /// Backward keeps x and y.
    /// </summary>
    public static Tensor Max(this Tensor x, ReadOnlySpan<int> axes = default, bool keepDim = false) => Over(ReduceOp.Max, x, axes, keepDim);

    /// <summary>Positions Int32 of the largest elements along one axis, ties to the lowest, a NaN counts as largest; not differentiable.</summary>
    public static Tensor ArgMax(this Tensor x, int axis = -1)
    {
        int a = x.Shape.Axis(axis);
        Check.Float("argmax", "input", x);
        Check.That(x.Shape[a] > 0 || x.Count == 0 && x.Shape.With(a, 1).Count == 0, "argmax",
            $"axis {axis} of {x.Shape} is empty: expects at least one element");
        var engine = x.Engine;
        using var _ = engine.NoGrad();
        var (rows, outer) = AxisLast(x, a);
        var index = engine.Empty([rows.Shape[0]], DType.Int32);
        engine.Backend.ArgMax(rows, index);
        return index.Reshape(outer.AsSpan());
    }

    /// <summary>
    /// The k largest elements along one axis in falling order, ties by lowest index, a NaN counts as largest, and their positions Int32. Backward keeps the
    /// positions.
    /// </summary>
    public static (Tensor Values, Tensor Indices) TopK(this Tensor x, int k, int axis = -1)
    {
        int a = x.Shape.Axis(axis);
        Check.Float("topk", "input", x);
        Check.That(k >= 0 && k <= x.Shape[a], "topk", $"k = {k} along axis {axis} of {x.Shape}: expects 0..{x.Shape[a]}");
        var engine = x.Engine;
        var (rows, outer) = AxisLast(x, a);
        var values = engine.Empty([rows.Shape[0], k], x.DType);
        var index = engine.Empty([rows.Shape[0], k], DType.Int32);
        engine.Backend.TopK(rows, values, index);
        var picked = engine.Record("topk", values, [rows], [index], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.TopKBackward(index, pass.Dy, pass.Target(0));
        });
        int[] shape = [.. outer, k];
        var (top, places) = (picked.Reshape(shape), index.Reshape(shape));
        if (a == outer.Rank)
            return (top, places);
        int[] back = [.. Enumerable.Range(0, a), outer.Rank, .. Enumerable.Range(a, outer.Rank - a)];
        return (top.Permute(back), places.Permute(back).Contiguous());
    }

    private static Tensor Over(ReduceOp op, Tensor x, ReadOnlySpan<int> axes, bool keepDim)
    {
        string name = Names[(int)op];
        Check.Float(name, "input", x);
        x = x.Contiguous();
        var engine = x.Engine;
        var dims = x.Shape.ToArray();
        var reduced = new bool[dims.Length];
        if (axes.IsEmpty)
            Array.Fill(reduced, true);
        foreach (int axis in axes)
            reduced[x.Shape.Axis(axis)] = true;
        double count = 1;
        for (int i = 0; i < dims.Length; i++)
        {
            if (!reduced[i])
                continue;
            count *= dims[i];
            dims[i] = 1;
        }

        var y = engine.Empty(Shape.Create(dims), x.DType);
        engine.Backend.Reduce(op, x, new GradTarget(y, GradMode.Overwrite));
        var result = engine.Record(name, y, [x], op == ReduceOp.Max ? [x, y] : [], pass =>
        {
            if (!pass.Needs(0))
                return;
            var target = pass.Target(0);
            if (op == ReduceOp.Max)
                engine.Backend.ReduceMaxBackward(x, y, pass.Dy, target);
            else
                engine.Backend.Copy(pass.Dy.ExpandView(name, x.Shape), target.Tensor!, target.Mode, op == ReduceOp.Mean ? 1 / count : 1);
        }, Enumerable.Range(0, dims.Length).Where(i => reduced[i]).ToArray());
        if (keepDim)
            return result;
        var kept = new List<int>();
        for (int i = 0; i < dims.Length; i++)
        {
            if (!reduced[i])
                kept.Add(x.Shape[i]);
        }

        return result.Reshape(kept.ToArray());
    }

    /// <summary>Sums dy down to <paramref name="shape"/>, the inverse of broadcasting, into input i's gradient.</summary>
    internal static void SumInto(Tensor dy, Shape shape, BackwardPass pass, int i)
    {
        if (!pass.Needs(i))
            return;
        var engine = dy.Engine;
        dy = dy.IsDense ? dy : engine.DenseCopy(dy);
        var target = pass.Target(i);
        var aligned = AlignRank(target.Tensor!, dy.Shape);
        if (aligned.IsDense)
        {
            engine.Backend.Reduce(ReduceOp.Sum, dy, target with { Tensor = aligned });
            return;
        }

        var sum = engine.Empty(aligned.Shape, dy.DType);
        engine.Backend.Reduce(ReduceOp.Sum, dy, new GradTarget(sum, GradMode.Overwrite));
        engine.Backend.Copy(sum, aligned, target.Mode);
    }

    /// <summary>x viewed with extents of 1 in front until it has the rank of <paramref name="wide"/>.</summary>
    internal static Tensor AlignRank(Tensor x, Shape wide)
    {
        int lead = wide.Rank - x.Shape.Rank;
        if (lead == 0)
            return x;
        return x.View(Shape.Create([.. Enumerable.Repeat(1, lead), .. x.Shape]), [.. new long[lead], .. x.Strides], x.Offset);
    }

    /// <summary>x as rows [outer, extent of the axis], and the extents of the other axes.</summary>
    private static (Tensor Rows, Shape Outer) AxisLast(Tensor x, int axis)
    {
        int rank = x.Shape.Rank;
        var moved = axis == rank - 1 ? x : x.Permute([.. Enumerable.Range(0, rank).Where(i => i != axis), axis]);
        var outer = Shape.Create(moved.Shape.AsSpan()[..^1]);
        return (moved.Reshape(Check.Count("reshape", "rows", x.Shape, outer.Count), x.Shape[axis]).Contiguous(), outer);
    }
}
