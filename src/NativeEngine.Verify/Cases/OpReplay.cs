using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Ops under PyTorch's functional names and arguments, with the ranks of input that PyTorch takes.</summary>
internal static partial class OpReplay
{
    private static readonly Dictionary<string, Func<CaseCall, Tensor>> Table = new()
    {
        ["conv2d"] = c => Conv(c, line: false),
        ["conv1d"] = c => Conv(c, line: true),
        ["linear"] = Linear,
        ["matmul"] = MatMul,
        ["add"] = c => Binary(c, BinaryOp.Add, scaled: true),
        ["sub"] = c => Binary(c, BinaryOp.Sub, scaled: true),
        ["mul"] = c => Binary(c, BinaryOp.Mul),
        ["div"] = c => Binary(c, BinaryOp.Div),
        ["maximum"] = c => Binary(c, BinaryOp.Max),
        ["minimum"] = c => Binary(c, BinaryOp.Min),
        ["neg"] = c => c.Input("input").Neg(),
        ["relu"] = c => Activation(c).Relu(),
        ["leaky_relu"] = c => Activation(c).LeakyRelu(c.Attributes.Number("negative_slope", 0.01)),
        ["sigmoid"] = c => c.Input("input").Sigmoid(),
        ["tanh"] = c => c.Input("input").Tanh(),
        ["silu"] = c => Activation(c).Silu(),
        ["gelu"] = Gelu,
        ["hardswish"] = c => Activation(c).HardSwish(),
        ["hardsigmoid"] = c => Activation(c).HardSigmoid(),
        ["exp"] = c => c.Input("input").Exp(),
        ["log"] = c => c.Input("input").Log(),
        ["sqrt"] = c => c.Input("input").Sqrt(),
        ["abs"] = c => c.Input("input").Abs(),
        ["pow"] = c => c.Input("input").Pow(c.Attributes.Number("exponent")),
        ["clamp"] = c => c.Input("input").Clamp(c.Attributes.Number("min", double.NegativeInfinity), c.Attributes.Number("max", double.PositiveInfinity)),
        ["softmax"] = c => Softmax(c, log: false),
        ["log_softmax"] = c => Softmax(c, log: true),
        ["sum"] = c => Reduced(c, ReduceOp.Sum),
        ["mean"] = c => Reduced(c, ReduceOp.Mean),
        ["amax"] = c => Reduced(c, ReduceOp.Max),
        ["argmax"] = ArgMax,
        ["flatten"] = Flatten,
        ["reshape"] = c => c.Input("input").Reshape(c.Attributes.Integers("shape") ?? throw new DataException("attrs.shape is missing")),
        ["permute"] = c => c.Input("input").Permute(c.Attributes.Integers("dims") ?? throw new DataException("attrs.dims is missing")),
        ["cat"] = Cat,
        ["pad"] = Pad,
        ["dropout"] = Dropout,
        ["max_pool2d"] = c => MaxPool(c, line: false),
        ["max_pool1d"] = c => MaxPool(c, line: true),
        ["avg_pool2d"] = c => AvgPool(c, line: false),
        ["avg_pool1d"] = c => AvgPool(c, line: true),
        ["adaptive_avg_pool2d"] = c => AdaptiveAvgPool(c, line: false),
        ["adaptive_avg_pool1d"] = c => AdaptiveAvgPool(c, line: true),
        ["layer_norm"] = LayerNorm,
        ["group_norm"] = c => c.Input("input")
            .GroupNorm(c.Attributes.Integer("num_groups"), c.Optional("weight"), c.Optional("bias"), c.Attributes.Number("eps", 1e-5)),
    };

    /// <summary>Other words that PyTorch has for an op: the ranks of the arguments say the rest.</summary>
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["mm"] = "matmul",
        ["bmm"] = "matmul",
        ["mv"] = "matmul",
        ["dot"] = "matmul",
        ["dropout1d"] = "dropout",
        ["dropout2d"] = "dropout",
    };

    /// <summary>The ops that can be replayed.</summary>
    public static IEnumerable<string> Names => [.. Table.Keys, .. Aliases.Keys, "batch_norm"];

    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        var call = new CaseCall(engine, reference);
        try
        {
            if (reference.Subject == "batch_norm")
                return BatchNorm(call);
            return Table.TryGetValue(Aliases.GetValueOrDefault(reference.Subject, reference.Subject), out var op)
                ? call.Finish("output", op(call))
                : throw new UnsupportedCaseException($"op '{reference.Subject}'{NearestName.Suggest(reference.Subject, Names)}");
        }
        catch (CaseShapeException e)
        {
            return [Comparison.Mismatch("out.output", e.Message)];
        }
    }

    /// <summary>x · wᵀ + b; a weight of one dimension is one output without a dimension of its own.</summary>
    private static Tensor Linear(CaseCall c)
    {
        Tensor x = c.Input("input"), w = c.Input("weight");
        var bias = c.Optional("bias");
        if (w.Shape.Rank == 1 && x.Shape.Rank > 0)
        {
            var each = Shape.Create(x.Shape.AsSpan()[..^1]);
            c.Expect(each);
            return x.Linear(w.Reshape(1, w.Shape[0]), bias?.Reshape(1)).Reshape(each.AsSpan());
        }

        if (x.Shape.Rank > 0 && w.Shape.Rank == 2)
            c.Expect(x.Shape.With(-1, w.Shape[0]));
        return x.Linear(w, bias);
    }

    /// <summary>PyTorch's matmul: a vector is a row on the left and a column on the right and gives no dimension; what is before the matrices is
    /// broadcast.</summary>
    private static Tensor MatMul(CaseCall c)
    {
        Tensor a = c.Input("input"),
            b = c.Optional("other") ?? c.Optional("mat2") ?? c.Optional("vec") ?? c.Optional("tensor") ?? throw new DataException("tensor in.other is missing");
        if (a.Shape.Rank == 0 || b.Shape.Rank == 0)
            throw new DataException($"matmul of {a.Shape} and {b.Shape}: expects at least one dimension each");
        var left = a.Shape.Rank == 1 ? a.Reshape(1, a.Shape[0]) : a;
        var right = b.Shape.Rank == 1 ? b.Reshape(b.Shape[0], 1) : b;
        if (left.Shape[-1] != right.Shape[-2])
            throw new DataException($"matmul of {a.Shape} and {b.Shape}: expects rows of one length");
        var lead = Shape.Broadcast("matmul", Shape.Create(left.Shape.AsSpan()[..^2]), Shape.Create(right.Shape.AsSpan()[..^2]));
        int[] rows = a.Shape.Rank == 1 ? [] : [left.Shape[-2]], columns = b.Shape.Rank == 1 ? [] : [right.Shape[-1]];
        Shape result = [.. lead.AsSpan(), .. rows, .. columns];
        c.Expect(result);
        return Stacked(left, lead).MatMul(Stacked(right, lead)).Reshape(result.AsSpan());
    }

    /// <summary>[…, M, K] as [B, M, K], repeated to a shape of what is before the matrix; a matrix alone stays one, as it is repeated anyway.</summary>
    private static Tensor Stacked(Tensor x, Shape lead)
    {
        if (x.Shape.Rank == 2)
            return x;
        int m = x.Shape[-2], k = x.Shape[-1];
        return x.Expand([.. lead.AsSpan(), m, k]).Reshape(checked((int)lead.Count), m, k);
    }

    private static Tensor Binary(CaseCall c, BinaryOp op, bool scaled = false)
    {
        c.Attributes.Only("rounding_mode", "None");
        var a = c.Input("input");
        var b = c.Optional("other") ?? (c.Attributes.Has("other") ? c.Engine.Full(Shape.Scalar, c.Attributes.Number("other")) : c.Input("other"));
        if (scaled && c.Attributes.Number("alpha", 1) is var alpha and not 1)
            b = b.Affine(alpha);
        c.Expect(Shape.Broadcast(op.SnakeName(), a.Shape, b.Shape));
        return Elementwise.Apply(op, a, b);
    }

    /// <summary>The input of an activation that PyTorch can compute in its place; the numbers are the same, so only the wish for it is refused.</summary>
    private static Tensor Activation(CaseCall c)
    {
        c.Attributes.Only("inplace", "False");
        return c.Input("input");
    }

    /// <summary>x·Φ(x), or with approximate = "tanh" x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks and Gimpel 2016).</summary>
    private static Tensor Gelu(CaseCall c)
    {
        var x = c.Input("input");
        return c.Attributes.Text("approximate", "none") switch
        {
            "none" => x.Gelu(),
            "tanh" => x.Affine(0.5) * (x + (x * x * x).Affine(0.044715)).Affine(Math.Sqrt(2 / Math.PI)).Tanh().Affine(1, 1),
            var other => throw new UnsupportedCaseException($"attribute approximate = {other}; the engine has none and tanh"),
        };
    }

    /// <summary>Along PyTorch's axis where none is given: 0 of vectors and of three dimensions, else 1.</summary>
    private static Tensor Softmax(CaseCall c, bool log)
    {
        var x = c.Input("input");
        int dim = c.Attributes.Integer("dim", x.Shape.Rank is 0 or 1 or 3 ? 0 : 1);
        c.Attributes.Only("dtype", "None");
        if (x.Shape.Rank == 0)
            return dim is 0 or -1 ? Along(x.Reshape(1), 0).Reshape([]) : throw new DataException($"attrs.dim = {dim}: a scalar has dimension 0 alone");
        return Along(x, dim);

        Tensor Along(Tensor rows, int axis) => log ? rows.LogSoftmax(axis) : rows.Softmax(axis);
    }

    private static Tensor Reduced(CaseCall c, ReduceOp op)
    {
        var x = c.Input("input");
        int[] dims = c.Attributes.Integers("dim") ?? [];
        bool keep = c.Attributes.Flag("keepdim", false);
        c.Attributes.Only("dtype", "None");
        if (dims.Length == 0 && keep)
            dims = [.. Enumerable.Range(0, x.Shape.Rank)];
        return op switch
        {
            ReduceOp.Sum => x.Sum(dims, keep),
            ReduceOp.Mean => x.Mean(dims, keep),
            _ => x.Max(dims, keep),
        };
    }

    /// <summary>Positions along a dimension, or without one the position in row-major order.</summary>
    private static Tensor ArgMax(CaseCall c)
    {
        var x = c.Input("input");
        bool keep = c.Attributes.Flag("keepdim", false);
        if (c.Attributes.Raw("dim") is null)
            return x.Reshape(-1).ArgMax(0); // keepdim means nothing then
        int dim = c.Attributes.Integer("dim");
        var index = x.ArgMax(dim);
        return keep ? index.Reshape(x.Shape.With(dim, 1).AsSpan()) : index;
    }

    /// <summary>Joins the dimensions start_dim to end_dim; a scalar becomes a vector of one.</summary>
    private static Tensor Flatten(CaseCall c)
    {
        var x = c.Input("input");
        int start = c.Attributes.Integer("start_dim", 0), end = c.Attributes.Integer("end_dim", -1), rank = Math.Max(1, x.Shape.Rank);
        if (start < -rank || start >= rank || end < -rank || end >= rank)
            throw new DataException($"attrs.start_dim = {start}, end_dim = {end}: expects dimensions of in.input {x.Shape}");
        (start, end) = ((start + rank) % rank, (end + rank) % rank);
        if (start > end)
            throw new DataException($"attrs.start_dim = {start}, end_dim = {end}: expects them in this order");
        if (x.Shape.Rank == 0)
            return x.Reshape(1);
        long joined = Shape.Create(x.Shape.AsSpan()[start..(end + 1)]).Count;
        return x.Reshape([.. x.Shape.AsSpan()[..start], checked((int)joined), .. x.Shape.AsSpan()[(end + 1)..]]);
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

    /// <summary>Dropout as far as it draws nothing: in evaluation and with p = 0 the input, with p = 1 zeros.</summary>
    private static Tensor Dropout(CaseCall c)
    {
        var x = Activation(c);
        double p = c.Attributes.Number("p", 0.5);
        if (p is not (>= 0 and <= 1))
            throw new DataException($"attrs.p = {p}: expects 0..1");
        if (!c.Attributes.Flag("training", true) || p == 0)
            return x.Affine(1);
        return p == 1 ? x.Affine(0) : throw new UnsupportedCaseException($"dropout with p = {p} while training: PyTorch's random numbers are its own");
    }
}
