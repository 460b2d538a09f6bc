using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Ops under PyTorch's functional names and arguments.</summary>
internal static class OpReplay
{
    private static readonly Dictionary<string, Func<CaseCall, Tensor>> Table = new()
    {
        ["conv2d"] = Conv2d,
        ["linear"] = Linear,
        ["matmul"] = MatMul,
        ["add"] = c => Binary(c, BinaryOp.Add),
        ["sub"] = c => Binary(c, BinaryOp.Sub),
        ["mul"] = c => Binary(c, BinaryOp.Mul),
        ["div"] = c => Binary(c, BinaryOp.Div),
        ["maximum"] = c => Binary(c, BinaryOp.Max),
        ["minimum"] = c => Binary(c, BinaryOp.Min),
        ["neg"] = c => c.Input("input").Neg(),
        ["relu"] = c => c.Input("input").Relu(),
        ["leaky_relu"] = c => c.Input("input").LeakyRelu(c.Attributes.Number("negative_slope", 0.01)),
        ["sigmoid"] = c => c.Input("input").Sigmoid(),
        ["tanh"] = c => c.Input("input").Tanh(),
        ["silu"] = c => c.Input("input").Silu(),
        ["gelu"] = Gelu,
        ["hardswish"] = c => c.Input("input").HardSwish(),
        ["hardsigmoid"] = c => c.Input("input").HardSigmoid(),
        ["exp"] = c => c.Input("input").Exp(),
        ["log"] = c => c.Input("input").Log(),
        ["sqrt"] = c => c.Input("input").Sqrt(),
        ["abs"] = c => c.Input("input").Abs(),
        ["pow"] = c => c.Input("input").Pow(c.Attributes.Number("exponent")),
        ["clamp"] = c => c.Input("input").Clamp(c.Attributes.Number("min", double.NegativeInfinity), c.Attributes.Number("max", double.PositiveInfinity)),
        ["softmax"] = c => c.Input("input").Softmax(c.Attributes.Integer("dim", -1)),
        ["log_softmax"] = c => c.Input("input").LogSoftmax(c.Attributes.Integer("dim", -1)),
        ["sum"] = c => c.Input("input").Sum(c.Attributes.Integers("dim") ?? [], c.Attributes.Flag("keepdim", false)),
        ["mean"] = c => c.Input("input").Mean(c.Attributes.Integers("dim") ?? [], c.Attributes.Flag("keepdim", false)),
        ["amax"] = c => c.Input("input").Max(c.Attributes.Integers("dim") ?? [], c.Attributes.Flag("keepdim", false)),
        ["argmax"] = c => c.Input("input").ArgMax(c.Attributes.Integer("dim")),
        ["flatten"] = Flatten,
        ["reshape"] = c => c.Input("input").Reshape(c.Attributes.Integers("shape") ?? throw new DataException("attrs.shape is missing")),
        ["permute"] = c => c.Input("input").Permute(c.Attributes.Integers("dims") ?? throw new DataException("attrs.dims is missing")),
        ["cat"] = Cat,
        ["pad"] = Pad,
        ["max_pool2d"] = MaxPool2d,
        ["avg_pool2d"] = AvgPool2d,
        ["adaptive_avg_pool2d"] = AdaptiveAvgPool2d,
        ["layer_norm"] = LayerNorm,
        ["group_norm"] = c => c.Input("input").GroupNorm(c.Attributes.Integer("num_groups"), c.Optional("weight"), c.Optional("bias"), c.Attributes.Number("eps", 1e-5)),
    };

    /// <summary>The ops that can be replayed.</summary>
    public static IEnumerable<string> Names => Table.Keys.Append("batch_norm");

    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        var call = new CaseCall(engine, reference);
        try
        {
            if (reference.Subject == "batch_norm")
                return BatchNorm(call);
            return Table.TryGetValue(reference.Subject, out var op)
                ? call.Finish("output", op(call))
                : throw new UnsupportedCaseException($"op '{reference.Subject}'{NearestName.Suggest(reference.Subject, Names)}");
        }
        catch (CaseShapeException e)
        {
            return [Comparison.Mismatch("out.output", e.Message)];
        }
    }

    private static Tensor Conv2d(CaseCall c)
    {
        Tensor x = c.Input("input"), w = c.Input("weight");
        var (stride, padding, dilation, groups) = (c.Attributes.Pair("stride"), c.Attributes.Pair("padding"), c.Attributes.Pair("dilation"), c.Attributes.Integer("groups", 1));
        c.Expect(ConvSizes.Create(x.Shape, w.Shape, stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1), groups).Output);
        return x.Conv2d(w, c.Optional("bias"), stride, padding, dilation, groups);
    }

    private static Tensor Linear(CaseCall c)
    {
        Tensor x = c.Input("input"), w = c.Input("weight");
        if (x.Shape.Rank > 0 && w.Shape.Rank == 2)
            c.Expect(x.Shape.With(-1, w.Shape[0]));
        return x.Linear(w, c.Optional("bias"));
    }

    private static Tensor MatMul(CaseCall c)
    {
        Tensor a = c.Input("input"), b = c.Input("other");
        if (a.Shape.Rank is not (2 or 3) || b.Shape.Rank is not (2 or 3))
            throw new UnsupportedCaseException($"matmul of {a.Shape} and {b.Shape}");
        int[] lead = a.Shape.Rank == 2 && b.Shape.Rank == 2 ? [] : [Math.Max(a.Shape.Rank == 3 ? a.Shape[0] : 1, b.Shape.Rank == 3 ? b.Shape[0] : 1)];
        if ((a.Shape.Rank == 3 && a.Shape[0] == 0) || (b.Shape.Rank == 3 && b.Shape[0] == 0))
            lead = [0];
        c.Expect([.. lead, a.Shape[-2], b.Shape[-1]]);
        return a.MatMul(b);
    }

    private static Tensor Binary(CaseCall c, BinaryOp op)
    {
        Tensor a = c.Input("input"), b = c.Input("other");
        c.Expect(Shape.Broadcast(op.SnakeName(), a.Shape, b.Shape));
        return Elementwise.Apply(op, a, b);
    }

    private static Tensor Gelu(CaseCall c)
    {
        c.Attributes.Only("approximate", "none");
        return c.Input("input").Gelu();
    }

    private static Tensor Flatten(CaseCall c)
    {
        c.Attributes.Only("end_dim", "-1");
        return c.Input("input").Flatten(c.Attributes.Integer("start_dim", 0));
    }

    private static Tensor Cat(CaseCall c)
    {
        var parts = new List<Tensor>();
        while (c.Optional($"tensors.{parts.Count}") is { } part)
            parts.Add(part);
        return Core.Memory.Concat(c.Attributes.Integer("dim", 0), [.. parts]);
    }

    private static Tensor Pad(CaseCall c)
    {
        c.Attributes.Only("mode", "constant");
        var x = c.Input("input");
        var pads = c.Attributes.Integers("pad") ?? throw new DataException("attrs.pad is missing");
        var dims = x.Shape.ToArray();
        for (int i = 0; i + 1 < pads.Length && i / 2 < dims.Length; i += 2)
            dims[dims.Length - 1 - i / 2] = Math.Max(0, dims[dims.Length - 1 - i / 2] + pads[i] + pads[i + 1]);
        c.Expect(Shape.Create(dims));
        return x.Pad(pads, c.Attributes.Number("value", 0));
    }

    private static Tensor MaxPool2d(CaseCall c)
    {
        c.Attributes.Only("dilation", "1");
        var (window, stride, padding, ceil) = Window(c);
        c.Expect(PoolSizes.Create("max_pool2d", PoolMode.Max, c.Input("input").Shape, window, stride, padding, ceil, false).Output);
        return c.Input("input").MaxPool2d(window, stride, padding, ceil);
    }

    private static Tensor AvgPool2d(CaseCall c)
    {
        var (window, stride, padding, ceil) = Window(c);
        bool border = c.Attributes.Flag("count_include_pad", true);
        c.Expect(PoolSizes.Create("avg_pool2d", PoolMode.Average, c.Input("input").Shape, window, stride, padding, ceil, border).Output);
        return c.Input("input").AvgPool2d(window, stride, padding, ceil, border);
    }

    private static ((int, int) Window, (int, int) Stride, (int, int) Padding, bool Ceil) Window(CaseCall c)
    {
        var window = c.Attributes.Pair("kernel_size") ?? throw new DataException("attrs.kernel_size is missing");
        return (window, c.Attributes.Pair("stride") ?? window, c.Attributes.Pair("padding") ?? (0, 0), c.Attributes.Flag("ceil_mode", false));
    }

    private static Tensor AdaptiveAvgPool2d(CaseCall c)
    {
        var size = c.Attributes.Pair("output_size") ?? throw new DataException("attrs.output_size is missing");
        c.Expect(PoolSizes.Adaptive(c.Input("input").Shape, size).Output);
        return c.Input("input").AdaptiveAvgPool2d(size);
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
        var y = c.Input("input").BatchNorm(c.Optional("weight"), c.Optional("bias"), mean, variance, a.Flag("training", false), a.Number("momentum", 0.1), a.Number("eps", 1e-5));
        return c.Finish("output", y, ("running_mean", mean), ("running_var", variance));
    }
}
