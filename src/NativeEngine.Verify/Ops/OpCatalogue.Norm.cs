using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Norms() => [.. BatchNorms(), .. LayerNorms(), .. GroupNorms(), .. Softmaxes()];

    private static IEnumerable<OpCase> BatchNorms()
    {
        foreach (var shape in new Shape[] { [2, 1], [5, 3], [33, 17], [2, 3, 4, 5], [3, 16, 6, 6], [1, 5, 3, 3], [2, 70, 2, 2] })
        {
            foreach (bool training in new[] { true, false })
            {
                foreach (var (relu, residual) in new[] { (false, false), (true, false), (false, true), (true, true) })
                    yield return BatchNorm($"{shape}{Text(training, " training")}{Text(relu, " relu")}{Text(residual, " residual")}", shape, training, relu,
                        residual);
            }
        }

        yield return BatchNorm("empty batch, evaluation", [0, 3, 4, 4], false, false, false);
        yield return BatchNorm("empty batch, training changes nothing", [0, 3, 4, 4], true, false, false);
        yield return ConvolutionBefore("3x3", [2, 9, 9, 10], [17, 9, 3, 3], 1, 1);
        yield return ConvolutionBefore("3x3 stride 2", [2, 8, 9, 10], [11, 8, 3, 3], 2, 1);
        yield return ConvolutionBefore("1x1", [3, 5, 4, 3], [35, 5, 1, 1], 1, 0);
        yield return ConvolutionBefore("5x5 with few channels", [2, 3, 12, 13], [6, 3, 5, 5], 1, 2);
        yield return ConvolutionBefore("depthwise", [2, 7, 6, 5], [7, 1, 3, 3], 1, 1, 7);
        yield return BatchNorm("momentum 0.3 eps 0.01", [4, 3, 2, 2], true, false, false, 0.3, 0.01);
        yield return new OpCase("batch_norm", "no weights, no running statistics", Tolerances.Norm, [Normal("input", [4, 3, 2, 2])],
            (_, t) => [t[0].BatchNorm(null, null, null, null, true)])
        { SavedFloats = 48 + 6 };
        yield return new OpCase("batch_norm", "equal values in a channel", Tolerances.Norm, [Given("input", [4, 2], 3, 1, 3, 2, 3, 5, 3, 7)],
            (_, t) => [t[0].BatchNorm(null, null, null, null, true)])
        { Smooth = false };
        yield return new OpCase("batch_norm", "values far from zero", Tolerances.Norm, [Uniform("input", [64, 3], 99.5, 100.5)],
            (_, t) => [t[0].BatchNorm(null, null, null, null, true)])
        { Smooth = false };
    }

    /// <summary>A convolution that gathers the moments of its output where the device can, and the batch norm behind it.</summary>
    private static OpCase ConvolutionBefore(string variant, Shape input, Shape weight, int stride, int pad, int groups = 1)
    {
        int k = weight[0];
        var s = ConvSizes.Create(input, weight, (stride, stride), (pad, pad), (1, 1), groups);
        return new OpCase("batch_norm", $"behind a convolution, {variant}", Tolerances.Norm,
            [Normal("input", input), Normal("weight", weight, 0.5), Uniform("scale", [k], 0.5, 1.5), Normal("shift", [k]),
                Normal("running_mean", [k]).Constant(), Uniform("running_var", [k], 0.5, 2).Constant()],
            (_, t) => [t[0].Conv2d(t[1], null, (stride, stride), (pad, pad), null, groups, moments: true).BatchNorm(t[2], t[3], t[4], t[5], true), t[4], t[5]])
        { SavedFloats = input.Count + weight.Count + s.Output.Count + 3 * k };
    }

    private static OpCase BatchNorm(string variant, Shape shape, bool training, bool relu, bool residual, double momentum = 0.1, double eps = 1e-5)
    {
        int c = shape[1];
        CaseInput[] inputs =
        [
            Normal("input", shape), Uniform("weight", [c], 0.5, 1.5), Normal("bias", [c]), Normal("running_mean", [c]).Constant(),
                Uniform("running_var", [c], 0.5, 2).Constant(),
            .. residual ? [Normal("residual", shape)] : Array.Empty<CaseInput>(),
        ];
        return new OpCase(
            "batch_norm",
            variant,
            Tolerances.Norm,
            inputs,
            (_, t) => [t[0].BatchNorm(t[1], t[2], t[3], t[4], training, momentum, eps, relu, residual ? t[5] : null), t[3], t[4]])
        { Smooth = !relu, SavedFloats = shape.Count + (relu ? shape.Count : 0) + (relu && !residual ? 4 : 3) * c };
    }

    private static IEnumerable<OpCase> LayerNorms()
    {
        foreach (var (shape, dims) in new (Shape, int)[] { ([7], 1), ([3, 5], 1), ([33, 17], 1), ([2, 3, 40], 1), ([2, 3, 4], 2), ([2, 3, 4, 5], 3),
                ([5, 1], 1), ([0, 6], 1), ([4, 1031], 1) })
        {
            var inner = Shape.Create(shape.AsSpan()[^dims..]);
            long rows = inner.Count == 0 ? 0 : shape.Count / inner.Count;
            yield return new OpCase(
                "layer_norm",
                $"{shape} over the last {dims}",
                Tolerances.Norm,
                [Normal("input", shape), Uniform("weight", inner, 0.5, 1.5), Normal("bias", inner)],
                (_, t) => [t[0].LayerNorm(t[1], t[2], normalizedDims: dims)])
            { SavedFloats = shape.Count + 2 * rows + inner.Count };
        }

        yield return new OpCase("layer_norm", "strided weights", Tolerances.Norm, [Normal("input", [3, 2]), Normal("table", [2, 4])],
            (_, t) => [t[0].LayerNorm(t[1].Narrow(1, 1, 1).Reshape(2), t[1].Narrow(1, 3, 1).Reshape(2))]);
        yield return new OpCase("layer_norm", "no weights, eps 0.1", Tolerances.Norm, [Normal("input", [3, 9])],
            (_, t) => [t[0].LayerNorm(eps: 0.1)])
        { SavedFloats = 27 + 6 };
    }

    private static IEnumerable<OpCase> GroupNorms()
    {
        foreach (var (shape, groups) in new (Shape, int)[] { ([2, 4, 3, 3], 2), ([1, 6, 5, 4], 3), ([2, 3, 4, 5], 1), ([2, 5, 2, 2], 5), ([3, 32, 2, 3], 8),
                ([0, 4, 2, 2], 2) })
        {
            yield return new OpCase(
                "group_norm",
                $"{shape} in {groups} groups",
                Tolerances.Norm,
                [Normal("input", shape), Uniform("weight", [shape[1]], 0.5, 1.5), Normal("bias", [shape[1]])],
                (_, t) => [t[0].GroupNorm(groups, t[1], t[2])])
            { SavedFloats = shape.Count + 2 * shape[0] * groups + shape[1] };
        }

        yield return new OpCase("group_norm", "no weights", Tolerances.Norm, [Normal("input", [2, 4, 3, 3])],
            (_, t) => [t[0].GroupNorm(2)])
        { SavedFloats = 72 + 8 };
    }

    private static IEnumerable<OpCase> Softmaxes()
    {
        foreach (bool log in new[] { false, true })
        {
            foreach (var (shape, axis) in new (Shape, int)[] { ([1], 0), ([3, 10], -1), ([33, 17], 1), ([5, 3], 0), ([2, 3, 4], 1), ([2, 3, 4, 5], 1),
                    ([2, 3, 4, 5], 2), ([2, 3, 4, 5], 3), ([2, 3, 4, 5], 0), ([4, 1000], 1), ([0, 4], 1), ([3, 1], 1) })
                yield return Softmax(log, $"{shape} along {axis}", Normal("input", shape, 2), axis) with { SavedFloats = shape.Count };
            yield return Softmax(log, "large logits do not overflow", Given("input", [3, 3], 1000, 999, 998, -1000, -1001, -999, 80, -80, 0),
                1) with
            { Smooth = false };
            yield return Softmax(log, "minus infinity is excluded",
                Given("input", [2, 3], double.NegativeInfinity, 1, 2, 0, double.NegativeInfinity, double.NegativeInfinity).Constant(),
                    1) with
            { Smooth = false };
        }
    }

    private static OpCase Softmax(bool log, string variant, CaseInput input, int axis) =>
        new(log ? "log_softmax" : "softmax", variant, Tolerances.Loss, [input], (_, t) => [log ? t[0].LogSoftmax(axis) : t[0].Softmax(axis)]);
}
