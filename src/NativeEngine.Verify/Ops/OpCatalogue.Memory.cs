using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Memory() =>
    [
        .. Views(), .. Joins(), .. Rows(), .. Casts(), .. InPlace(), .. Images(),
    ];

    private static IEnumerable<OpCase> Views()
    {
        foreach (var (from, to) in new (Shape, int[])[]
                 {
                     ([2, 3], [3, 2]), ([6], [1, -1, 2]), ([2, 3, 4, 5], [2, 60]), ([2, 12], [2, 3, 2, 2]), ([2, 3, 4, 5], [2, 5, 3, 4]),
                     ([2, 3, 4, 5], [6, 4, 5]), ([1, 3, 1, 1], [3]), ([0, 3, 2, 2], [0, 12]), ([], [1, 1, 1, 1]), ([2, 1, 3, 4], [2, 12]),
                 })
        {
            yield return Move("reshape", $"{from} to [{string.Join(',', to)}]", from, x => x.Reshape(to));
        }

        yield return Move("flatten", "image in C, H, W order", [2, 3, 4, 5], x => x.Flatten());
        yield return Move("flatten", "from axis 2", [2, 3, 4, 5], x => x.Flatten(2));
        yield return Move("flatten", "everything", [2, 3], x => x.Flatten(0));
        yield return Move("clone", "image", [2, 3, 4, 5], x => x.Clone());
        yield return Move("contiguous", "of a transpose", [3, 5], x => x.Permute(1, 0).Contiguous());
        yield return Move("permute", "matrix", [3, 5], x => x.Permute(1, 0));
        yield return Move("permute", "image to N, H, W, C", [2, 3, 4, 5], x => x.Permute(0, 2, 3, 1));
        yield return Move("permute", "six dimensions", [2, 1, 3, 2, 1, 2], x => x.Permute(5, 0, 3, 1, 4, 2));
        yield return Move("narrow", "rows", [5, 3], x => x.Narrow(0, 1, 3));
        yield return Move("narrow", "channels", [2, 6, 3, 4], x => x.Narrow(1, 2, 3));
        yield return Move("narrow", "nothing left", [2, 6], x => x.Narrow(1, 3, 0));
        yield return Move("expand", "one row to many", [1, 5], x => x.Expand([4, 5]));
        yield return Move("expand", "more dimensions", [3, 1], x => x.Expand([2, 3, 4]));
        yield return Move("expand", "channel vector to image", [3, 1, 1], x => x.Expand([2, 3, 4, 5]));
        yield return Move("expand", "scalar", [], x => x.Expand([2, 3]));
    }

    private static IEnumerable<OpCase> Joins()
    {
        yield return Join("rows", 0, [2, 3], [1, 3], [4, 3]);
        yield return Join("columns", -1, [3, 2], [3, 5]);
        yield return Join("channels of images", 1, [2, 3, 4, 5], [2, 1, 4, 5], [2, 2, 4, 5]);
        yield return Join("widths of images", 3, [2, 3, 4, 1], [2, 3, 4, 3]);
        yield return Join("with an empty part", 0, [0, 3], [2, 3]);
        yield return Join("one part", 0, [2, 3]);
        yield return new OpCase("cat", "a tensor with itself", Tolerances.Elementwise, [Normal("tensors.0", [2, 3])],
            (_, t) => [Core.Memory.Concat(0, t[0], t[0])])
        { SavedFloats = 0 };
        yield return Move("pad", "image border", [2, 3, 4, 5], x => x.Pad([1, 2, 0, 3]));
        yield return Move("pad", "value", [2, 3], x => x.Pad([1, 0], 7.5));
        yield return Move("pad", "crop and grow", [3, 5], x => x.Pad([-1, 2, 1, -2]));
        yield return Move("pad", "crops everything", [3, 4], x => x.Pad([-2, -2]));
        yield return Move("pad", "channels", [2, 3, 2, 2], x => x.Pad([0, 0, 0, 0, 1, 2]));
    }

    private static IEnumerable<OpCase> Rows()
    {
        yield return Gather("rows named twice", [5, 3], 3, 0, 3, 3, 1);
        yield return Gather("elements", [7], 6, 0, 2);
        yield return Gather("no rows", [4, 3]);
        yield return Gather("rank 3", [4, 2, 3], 1, 1, 0);
        yield return Gather("wide rows", [9, 130], 8, 8, 2, 0, 5);
    }

    private static IEnumerable<OpCase> Casts()
    {
        yield return new OpCase("cast", "float to int32 rounds toward zero", Tolerances.Memory,
            [Given("input", [6], -2.75, -0.5, 0, 0.5, 1.99, 100.25).Constant()], (_, t) => [t[0].Cast(DType.Int32)]);
        yield return new OpCase("cast", "int32 to float", Tolerances.Memory, [Ids("input", -3, 0, 7, 16777216)], (e, t) => [t[0].Cast(e.Backend.FloatType)]);
        yield return new OpCase("cast", "pixels to float", Tolerances.Memory, [Pixels("input", [2, 3, 4, 5])], (e, t) => [t[0].Cast(e.Backend.FloatType)]);
        yield return new OpCase("cast", "float to pixels", Tolerances.Memory, [Given("input", [4], 0, 1.9, 254.5, 255).Constant()],
            (_, t) => [t[0].Cast(DType.UInt8)]);
        yield return new OpCase("cast", "int32 to int64", Tolerances.Memory, [Ids("input", -3, 0, 7)], (_, t) => [t[0].Cast(DType.Int64)]);
        yield return new OpCase("cast", "int64 to int32", Tolerances.Memory, [Given("input", [3], -3, 0, 7) with { Type = DType.Int64, Gradient = false }],
            (_, t) => [t[0].Cast(DType.Int32)]);
    }

    private static IEnumerable<OpCase> InPlace()
    {
        yield return Change("fill_", "all", [3, 5], [3, 5], (x, _) => x.Fill(2.5));
        yield return Change("fill_", "a strided part", [4, 5], [4, 5], (x, _) => x.Narrow(1, 1, 2).Fill(-1));
        yield return Change("fill_", "channels of an image", [2, 5, 3, 3], [2, 5, 3, 3], (x, _) => x.Narrow(1, 1, 3).Fill(4));
        yield return Change("assign", "broadcast", [3, 5], [5], (x, y) => x.Assign(y));
        yield return Change("assign", "transposed", [3, 5], [5, 3], (x, y) => x.Assign(y.Permute(1, 0)));
        yield return Change("add_", "scaled", [2, 3, 4, 5], [2, 3, 4, 5], (x, y) => x.AddInPlace(y, -0.25));
        yield return Change("add_", "channel vector onto a part of an image", [2, 3, 4, 5], [3, 1, 1], (x, y) => x.Narrow(2, 1, 2).AddInPlace(y, 3));
    }

    private static IEnumerable<OpCase> Images()
    {
        foreach (var (c, h, w, oh, ow) in new[] { (1, 28, 28, 28, 28), (3, 7, 5, 7, 5), (3, 6, 8, 9, 11), (2, 9, 8, 6, 5), (4, 3, 3, 3, 3) })
        {
            yield return new OpCase(
                "image_batch",
                $"{c}x{h}x{w} to {oh}x{ow}, shifted and mirrored",
                Tolerances.Pixels,
                [Pixels("pixels", [4, c, h, w]), IdTable("place", [4, 3], 0, 0, 0, 1, -2, 0, 0, 0, 1, -1, 2, 1), Uniform("mean", [c], 0.2, 0.6).Constant(),
                    Uniform("std", [c], 0.2, 0.4).Constant()],
                (e, t) =>
                {
                    var y = e.Empty([4, c, oh, ow]);
                    e.Backend.ImageBatch(new ImageBatchSizes(4, c, h, w, oh, ow, -0.5), t[0], t[1], t[2], t[3], y);
                    return [y];
                });
        }
    }

    private static OpCase Move(string op, string variant, Shape shape, Func<Tensor, Tensor> run) =>
        new(op, variant, op == "expand" ? Tolerances.Reduce : Tolerances.Elementwise, [Normal("input", shape)], (_, t) => [run(t[0])]) { SavedFloats = 0 };

    private static OpCase Join(string variant, int axis, params Shape[] shapes) =>
        new("cat", variant, Tolerances.Elementwise, [.. shapes.Select((s, i) => Normal($"tensors.{i}", s))],
            (_, t) => [Core.Memory.Concat(axis, t)])
        { SavedFloats = 0 };

    private static OpCase Gather(string variant, Shape shape, params int[] index) =>
        new("gather_rows", variant, Tolerances.Elementwise, [Normal("input", shape), Ids("index", index)],
            (_, t) => [t[0].GatherRows(t[1])])
        { SavedFloats = 0, SavedInts = index.Length };

    private static OpCase Change(string op, string variant, Shape shape, Shape source, Func<Tensor, Tensor, Tensor> run) =>
        new(op, variant, Tolerances.Elementwise, [Normal("input", shape).Constant(), Normal("source", source).Constant()], (_, t) =>
        {
            run(t[0], t[1]);
            return [t[0]];
        });
}
