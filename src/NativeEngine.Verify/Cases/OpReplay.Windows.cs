using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Convolutions and pools: of one image without a batch, too, and of lines, which are images of height 1.</summary>
internal static partial class OpReplay
{
    private static Tensor Conv(CaseCall c, bool line)
    {
        var (x, alone) = Images(c, line);
        var w = Filters(c.Input("weight"), line);
        var stride = Window(c, "stride", line, 1) ?? (1, 1);
        var dilation = Window(c, "dilation", line, 1) ?? (1, 1);
        int groups = c.Attributes.Integer("groups", 1);
        (int H, int W) padding = (0, 0);
        if (c.Attributes.Raw("padding") is { ValueKind: JsonValueKind.String } word)
            (x, padding) = Named(word.GetString()!, x, w, stride, dilation);
        else
            padding = Window(c, "padding", line, 0) ?? (0, 0);
        Expect(c, ConvSizes.Create(x.Shape, w.Shape, stride, padding, dilation, groups).Output, line, alone);
        return Given(x.Conv2d(w, c.Optional("bias"), stride, padding, dilation, groups), line, alone);
    }

    /// <summary>"valid" pads nothing; "same" keeps the size and puts what cannot be halved behind, as PyTorch does.</summary>
    private static (Tensor X, (int H, int W) Padding) Named(string padding, Tensor x, Tensor w, (int H, int W) stride, (int H, int W) dilation)
    {
        if (padding == "valid")
            return (x, (0, 0));
        if (padding != "same")
            throw new UnsupportedCaseException($"attribute padding = {padding}; the engine has numbers, valid and same");
        if (stride != (1, 1) || w.Shape.Rank != 4)
            throw new DataException("attrs.padding = same: expects stride 1 and filters");
        int high = dilation.H * (w.Shape[2] - 1), wide = dilation.W * (w.Shape[3] - 1);
        if (high % 2 == 0 && wide % 2 == 0)
            return (x, (high / 2, wide / 2));
        return (x.Pad([wide / 2, wide - wide / 2, high / 2, high - high / 2]), (0, 0));
    }

    private static Tensor MaxPool(CaseCall c, bool line)
    {
        if (Window(c, "dilation", line, 1) is { } dilation && dilation != (1, 1))
            throw new UnsupportedCaseException($"attribute dilation = {dilation}; the engine has 1");
        c.Attributes.Only("return_indices", "False");
        var (x, alone) = Images(c, line);
        var (window, stride, padding, ceil) = Windows(c, line);
        Expect(c, PoolSizes.Create("max_pool2d", PoolMode.Max, x.Shape, window, stride, padding, ceil, false).Output, line, alone);
        return Given(x.MaxPool2d(window, stride, padding, ceil), line, alone);
    }

    private static Tensor AvgPool(CaseCall c, bool line)
    {
        var (x, alone) = Images(c, line);
        var (window, stride, padding, ceil) = Windows(c, line);
        bool border = c.Attributes.Flag("count_include_pad", true);
        c.Attributes.Only("divisor_override", "None");
        Expect(c, PoolSizes.Create("avg_pool2d", PoolMode.Average, x.Shape, window, stride, padding, ceil, border).Output, line, alone);
        return Given(x.AvgPool2d(window, stride, padding, ceil, border), line, alone);
    }

    /// <summary>An extent of output_size that is null stays as it is.</summary>
    private static Tensor AdaptiveAvgPool(CaseCall c, bool line)
    {
        var (x, alone) = Images(c, line);
        (int H, int W) size;
        if (!line && c.Attributes.Raw("output_size") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 2
                && list.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.Null))
            size = (Extent(list[0], x.Shape[2]), Extent(list[1], x.Shape[3]));
        else
            size = Window(c, "output_size", line, 1) ?? throw new DataException("attrs.output_size is missing");
        Expect(c, PoolSizes.Adaptive(x.Shape, size).Output, line, alone);
        return Given(x.AdaptiveAvgPool2d(size), line, alone);

        static int Extent(JsonElement value, int own) => value.ValueKind == JsonValueKind.Null ? own
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int extent) ? extent
                : throw new DataException($"attrs.output_size: expects integers or null, got {value}");
    }

    private static ((int, int) Window, (int, int) Stride, (int, int) Padding, bool Ceil) Windows(CaseCall c, bool line)
    {
        var window = Window(c, "kernel_size", line, 1) ?? throw new DataException("attrs.kernel_size is missing");
        return (window, Window(c, "stride", line, 1) ?? window, Window(c, "padding", line, 0) ?? (0, 0), c.Attributes.Flag("ceil_mode", false));
    }

    /// <summary>A pair of extents; of a line its one and <paramref name="high"/> for the height.</summary>
    private static (int H, int W)? Window(CaseCall c, string name, bool line, int high)
    {
        if (!line)
            return c.Attributes.Pair(name);
        return c.Attributes.Integers(name) switch
        {
            null or [] => null,
            [var extent] => (high, extent),
            var more => throw new DataException($"attrs.{name}: expects one integer, got {more.Length}"),
        };
    }

    /// <summary>The input as a batch of images, and whether it was one alone.</summary>
    private static (Tensor X, bool Alone) Images(CaseCall c, bool line)
    {
        var x = c.Input("input");
        int own = line ? 2 : 3;
        if (x.Shape.Rank != own && x.Shape.Rank != own + 1)
            throw new DataException($"tensor in.input {x.Shape}: expects {own} or {own + 1} dimensions");
        bool alone = x.Shape.Rank == own;
        var dims = x.Shape.ToArray().ToList();
        if (line)
            dims.Insert(dims.Count - 1, 1);
        if (alone)
            dims.Insert(0, 1);
        return (x.Reshape([.. dims]), alone);
    }

    private static Tensor Filters(Tensor w, bool line) => line && w.Shape.Rank == 3 ? w.Reshape(w.Shape[0], w.Shape[1], 1, w.Shape[2]) : w;

    private static void Expect(CaseCall c, Shape batch, bool line, bool alone) => c.Expect(Kept(batch, line, alone));

    private static Tensor Given(Tensor y, bool line, bool alone) => y.Reshape(Kept(y.Shape, line, alone).AsSpan());

    private static Shape Kept(Shape batch, bool line, bool alone)
    {
        var dims = batch.ToArray().ToList();
        if (line)
            dims.RemoveAt(2);
        if (alone)
            dims.RemoveAt(0);
        return Shape.Create([.. dims]);
    }

    private static Tensor LayerNorm(CaseCall c)
    {
        var x = c.Input("input");
        var shape = c.Attributes.Integers("normalized_shape") ?? throw new DataException("attrs.normalized_shape is missing");
        if (shape.Length == 0 || shape.Length > x.Shape.Rank || !x.Shape.AsSpan()[^shape.Length..].SequenceEqual(shape))
            throw new DataException($"attrs.normalized_shape: expects the last extents of in.input {x.Shape}, got [{string.Join(',', shape)}]");
        return x.LayerNorm(c.Optional("weight"), c.Optional("bias"), c.Attributes.Number("eps", 1e-5), shape.Length);
    }

    private static IReadOnlyList<Comparison> BatchNorm(CaseCall c)
    {
        Tensor? mean = c.Optional("running_mean"), variance = c.Optional("running_var");
        var a = c.Attributes;
        var y = c.Input("input")
            .BatchNorm(c.Optional("weight"), c.Optional("bias"), mean, variance, a.Flag("training", false), a.Number("momentum", 0.1), a.Number("eps", 1e-5));
        return c.Finish("output", y, ("running_mean", mean), ("running_var", variance));
    }
}
