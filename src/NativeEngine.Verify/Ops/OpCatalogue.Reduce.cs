using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Reductions() => [.. Enum.GetValues<ReduceOp>().SelectMany(OverAxes), .. Positions(), .. Largest()];

    private static IEnumerable<OpCase> OverAxes(ReduceOp op)
    {
        foreach (var (shape, axes) in new (Shape, int[])[]
                 {
                     ([], []), ([1], [0]), ([7], [0]), ([1031], []), ([3, 5], []), ([3, 5], [0]), ([3, 5], [-1]), ([67, 33], [0]), ([67, 33], [1]),
                         ([2, 3, 4, 5], []),
                     ([2, 3, 4, 5], [1]), ([2, 3, 4, 5], [2, 3]), ([2, 3, 4, 5], [0, 2, 3]), ([2, 3, 4, 5], [0]), ([2, 3, 4, 5], [1, 3]), ([2, 3, 4], [1]),
                         ([1, 3, 1], [0, 2]),
                     ([2, 3, 2, 1, 3, 2], [1, 4]), ([0, 3], [1]), ([0, 3], [0]), ([3, 0], [1]),
                 })
        {
            long saved = op == ReduceOp.Max ? shape.Count + Kept(shape, axes) : 0;
            yield return OverAxes(op, $"{shape} over [{string.Join(',', axes)}]", Spaced("input", shape), axes) with { SavedFloats = saved };
        }

        yield return new OpCase(op.ToString().ToLowerInvariant(), "keeps dimensions", Tolerances.Reduce, [Spaced("input", [2, 3, 4])],
            (_, t) => [Over(op, t[0], [0, 2], true)]);
        yield return OverAxes(op, "ties", Ties("input", [6, 9]), [1]) with { Smooth = false };
        yield return OverAxes(op, "ties over an image", Ties("input", [2, 3, 4, 5]), [1, 2]) with { Smooth = false };
        yield return OverAxes(op, "NaN among numbers",
            Given("input", [3, 4], 1, double.NaN, 3, double.NaN, 0, 1, 2, 3, 5, 4, double.NaN, double.PositiveInfinity).Constant(),
                [1]) with
        { Smooth = false };
        yield return OverAxes(op, "negative infinities",
            Given("input", [2, 3], double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity, 1, -2).Constant(),
                [1]) with
        { Smooth = false };
    }

    private static OpCase OverAxes(ReduceOp op, string variant, CaseInput input, int[] axes) =>
        new(op.ToString().ToLowerInvariant(), variant, Tolerances.Reduce, [input], (_, t) => [Over(op, t[0], axes, false)]);

    private static Tensor Over(ReduceOp op, Tensor x, int[] axes, bool keepDim) => op switch
    {
        ReduceOp.Sum => x.Sum(axes, keepDim),
        ReduceOp.Mean => x.Mean(axes, keepDim),
        ReduceOp.Max => x.Max(axes, keepDim),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "this reduction has no op to call"),
    };

    private static long Kept(Shape shape, int[] axes)
    {
        var dims = shape.ToArray();
        foreach (int axis in axes.Length == 0 ? Enumerable.Range(0, dims.Length) : axes.Select(shape.Axis))
            dims[axis] = 1;
        return Shape.Create(dims).Count;
    }

    private static IEnumerable<OpCase> Positions()
    {
        foreach (var (shape, axis) in new (Shape, int)[] { ([7], 0), ([3, 10], -1), ([5, 3], 0), ([67, 33], 1), ([2, 3, 4, 5], 1), ([2, 3, 4, 5], -1),
                ([0, 4], 1), ([3, 1], 1) })
            yield return First($"{shape} along {axis}", Spaced("input", shape).Constant(), axis);
        yield return First("ties to the lowest", Ties("input", [8, 19]).Constant(), 1);
        yield return First("NaN is largest, the first of them",
            Given("input", [3, 4], 1, double.NaN, 3, double.NaN, 0, 1, 2, 3, double.NaN, 4, double.PositiveInfinity, 1).Constant(), 1);
    }

    private static OpCase First(string variant, CaseInput input, int axis) => new("argmax", variant, Tolerance.Exact, [input], (_, t) => [t[0].ArgMax(axis)]);

    private static IEnumerable<OpCase> Largest()
    {
        foreach (var (shape, k, axis) in new (Shape, int, int)[] { ([7], 3, 0), ([3, 10], 5, -1), ([5, 3], 2, 0), ([67, 33], 33, 1), ([2, 3, 4, 5], 2, 1),
                ([4, 6], 1, 1), ([3, 4], 0, 1), ([0, 4], 2, 1) })
            yield return Top($"{k} of {shape} along {axis}", Spaced("input", shape), k, axis) with
            {
                SavedFloats = 0,
                SavedInts = shape.Count / Math.Max(1, shape[axis]) * k
            };
        yield return Top("ties by lowest index", Ties("input", [6, 11]), 4, 1) with { Smooth = false };
        yield return Top("NaN is largest", Given("input", [2, 4], 1, double.NaN, 3, 2, double.NaN, 7, double.NaN, 8).Constant(), 3, 1) with { Smooth = false };
    }

    private static OpCase Top(string variant, CaseInput input, int k, int axis) => new("topk", variant, Tolerances.Elementwise, [input], (_, t) =>
    {
        var (values, indices) = t[0].TopK(k, axis);
        return [values, indices];
    });
}
