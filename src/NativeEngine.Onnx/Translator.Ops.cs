using NativeEngine.Core;

namespace NativeEngine.Onnx;

// The table of operations and what each becomes. Formulas are those of the engine's operation, names those of ONNX (opset 17).
internal sealed partial class Translator
{
    /// <summary>By PyTorch's name and kind of arguments; without a name for families whose arguments name the operation.</summary>
    private static readonly Dictionary<(string? Op, Type? Arguments), Func<Translator, TracedOp, string>> Table = new()
    {
        [("conv2d", typeof(ConvSizes))] = (t, op) => t.Convolution(op, (ConvSizes)op.Arguments!),
        [("linear", null)] = (t, op) => t.Add(op, "Gemm", t.WithBias(op), ("transB", 1)),
        [("matmul", null)] = (t, op) => t.Add(op, "MatMul", [t.Value(op, 0), t.Value(op, 1)]),
        [(null, typeof(PoolSizes))] = (t, op) => t.Pool(op, (PoolSizes)op.Arguments!),
        [("batch_norm", typeof(BatchNormSizes))] = (t, op) => t.BatchNorm(op, (BatchNormSizes)op.Arguments!),
        [("layer_norm", typeof(LayerNormSizes))] = (t, op) => t.LayerNorm(op, (LayerNormSizes)op.Arguments!),
        [("group_norm", typeof(GroupNormSizes))] = (t, op) => t.GroupNorm(op, (GroupNormSizes)op.Arguments!),
        [(null, typeof(UnaryCall))] = (t, op) => t.Unary(op, (UnaryCall)op.Arguments!),
        // Add, Sub, Mul, Div, Max, Min on both sides
        [(null, typeof(BinaryOp))] = (t, op) => t.Add(op, $"{(BinaryOp)op.Arguments!}", [t.Value(op, 0), t.Value(op, 1)]),
        [("sum", typeof(int[]))] = (t, op) => t.Reduce(op, "ReduceSum", axesAreInput: true),
        [("mean", typeof(int[]))] = (t, op) => t.Reduce(op, "ReduceMean"),
        [("max", typeof(int[]))] = (t, op) => t.Reduce(op, "ReduceMax"),
        [("softmax", typeof(int[]))] = (t, op) => t.Add(op, "Softmax", [t.Value(op, 0)], ("axis", Axes(op)[0])),
        [("log_softmax", typeof(int[]))] = (t, op) => t.Add(op, "LogSoftmax", [t.Value(op, 0)], ("axis", Axes(op)[0])),
        [("cat", typeof(int[]))] = (t, op) => t.Add(op, "Concat", op.Inputs.Select(x => t.Value(op, x!)).ToArray(), ("axis", Axes(op)[0])),
        [("permute", typeof(int[]))] = (t, op) => t.Add(op, "Transpose", [t.Value(op, 0)], ("perm", Axes(op))),
        [("reshape", null)] = (t, op) => t.Reshape(op),
        [("contiguous", null)] = (t, op) => t.Value(op, 0),
        [("clone", null)] = (t, op) => t.Value(op, 0),
    };

    private static int[] Axes(TracedOp op) => (int[])op.Arguments!;

    /// <summary>Input, weight and, where there is one or a batch norm left one, bias.</summary>
    private string[] WithBias(TracedOp op)
    {
        string x = Value(op, 0), weight = Value(op, 1);
        if (_foldedBias.TryGetValue(op, out var bias))
            return [x, weight, Weight(bias, [op.Inputs[1]!.Shape[0]])];
        return op.Inputs[2] is null ? [x, weight] : [x, weight, Value(op, 2)];
    }

    private string Convolution(TracedOp op, in ConvSizes s)
    {
        string y = Add(op, "Conv", WithBias(op),
            ("kernel_shape", new[] { s.R, s.S }), ("strides", new[] { s.StrideH, s.StrideW }), ("pads", new[] { s.PadH, s.PadW, s.PadH, s.PadW }),
            ("dilations", new[] { s.DilationH, s.DilationW }), ("group", s.Groups));
        return op.Inputs[3] is { } residual ? Add(op, "Add", [y, Value(op, residual)]) : y;
    }

    private string Pool(TracedOp op, in PoolSizes s)
    {
        string x = Value(op, 0);
        if (s.Mode == PoolMode.AdaptiveAverage)
        {
            if (s.P == 1 && s.Q == 1)
                return Add(op, "GlobalAveragePool", [x]);
            if (s.H % s.P == 0 && s.W % s.Q == 0)
                return Add(op, "AveragePool", [x], ("kernel_shape", new[] { s.H / s.P, s.W / s.Q }), ("strides", new[] { s.H / s.P, s.W / s.Q }));
            return AverageByProducts(op, x, s);
        }

        // The output size is a matter of the padding at the end, so that rounding up needs no attribute, whose meaning differs between runtimes.
        int endH = End(s.H, s.P, s.R, s.StrideH, s.PadH), endW = End(s.W, s.Q, s.S, s.StrideW, s.PadW);
        (string, object) window = ("kernel_shape", new[] { s.R, s.S }), steps = ("strides", new[] { s.StrideH, s.StrideW }),
            pads = ("pads", new[] { s.PadH, s.PadW, endH, endW });
        if (s.Mode == PoolMode.Max)
            return Add(op, "MaxPool", [x], window, steps, pads);
        // Zeros of the padding count in the divisor, but not what rounding up adds behind them.
        return s.CountIncludePad && (endH > s.PadH || endW > s.PadW)
            ? AverageByProducts(op, x, s)
            : Add(op, "AveragePool", [x], window, steps, pads, ("count_include_pad", s.CountIncludePad ? 1 : 0));

        static int End(int size, int outputs, int window, int stride, int pad) =>
            (size + 2 * pad - window) / stride + 1 == outputs ? pad : (outputs - 1) * stride + window - size - pad;
    }

    /// <summary>Any average pooling as two matrix products: [P, H] · x · [W, Q], where each entry is a pixel's share in a window.</summary>
    private string AverageByProducts(TracedOp op, string x, PoolSizes s)
    {
        float[] rows = new float[s.P * s.H], columns = new float[s.W * s.Q];
        for (int p = 0; p < s.P; p++)
        {
            var (start, end, divisor) = s.Rows(p);
            rows.AsSpan(p * s.H + start, end - start).Fill(1f / divisor);
        }

        for (int q = 0; q < s.Q; q++)
        {
            var (start, end, divisor) = s.Columns(q);
            for (int w = start; w < end; w++)
                columns[w * s.Q + q] = 1f / divisor;
        }

        string narrow = Add(op, "MatMul", [x, Constant(op, "columns", columns, s.W, s.Q)]);
        return Add(op, "MatMul", [Constant(op, "rows", rows, s.P, s.H), narrow]);
    }

    private string BatchNorm(TracedOp op, in BatchNormSizes s)
    {
        if (s.Training)
            throw Refused(op, "uses the statistics of the batch");
        string y = Value(op, 0);
        if (!_folded.ContainsKey(op))
        {
            y = Add(op, "BatchNormalization",
                [y, OptionalVector(op, 2, "ones", 1, s.C), OptionalVector(op, 3, "zeros", 0, s.C), Value(op, 4), Value(op, 5)], ("epsilon", s.Eps));
        }

        if (op.Inputs[1] is { } residual)
            y = Add(op, "Add", [y, Value(op, residual)]);
        return s.Relu ? Add(op, "Relu", [y]) : y;
    }

    private string LayerNorm(TracedOp op, in LayerNormSizes s) => Add(op, "LayerNormalization",
        [Value(op, 0), OptionalVector(op, 1, "ones", 1, s.Columns), OptionalVector(op, 2, "zeros", 0, s.Columns)], ("axis", -1), ("epsilon", s.Eps));

    /// <summary>Opset 17 has no group norm: the groups become the channels of an instance norm.</summary>
    private string GroupNorm(TracedOp op, in GroupNormSizes s)
    {
        var shape = op.Inputs[0]!.Shape;
        string y = Add(op, "Reshape", [Value(op, 0), Constant(op, "groups", [0L, s.Groups, -1])]);
        y = Add(op, "InstanceNormalization", [y, Vector(op, "ones", 1, s.Groups), Vector(op, "zeros", 0, s.Groups)], ("epsilon", s.Eps));
        y = Add(op, "Reshape", [y, Constant(op, "channels", [0L, shape[1], shape[2], shape[3]])]);
        if (op.Inputs[1] is { } weight)
            y = Add(op, "Mul", [y, PerChannel(op, weight)]);
        return op.Inputs[2] is { } bias ? Add(op, "Add", [y, PerChannel(op, bias)]) : y;
    }

    private string PerChannel(TracedOp op, Tensor vector) => Add(op, "Reshape", [Value(op, vector), Constant(op, "per_channel", [-1L, 1, 1])]);

    private string OptionalVector(TracedOp op, int input, string name, float absent, int length) =>
        op.Inputs[input] is { } tensor ? Value(op, tensor) : Vector(op, name, absent, length);

    private string Vector(TracedOp op, string name, float value, int length)
    {
        var values = new float[length];
        Array.Fill(values, value);
        return Constant(op, name, values, length);
    }

    private string Unary(TracedOp op, UnaryCall call)
    {
        string x = Value(op, 0);
        double a = call.Args.A, b = call.Args.B;
        return call.Op switch
        {
            UnaryOp.LeakyRelu => Add(op, "LeakyRelu", [x], ("alpha", a)),
            UnaryOp.Silu => Add(op, "Mul", [x, Add(op, "Sigmoid", [x])]),
            UnaryOp.Gelu => Add(op, "Mul", [Add(op, "Mul", [x, Scalar("half", 0.5)]),
                Add(op, "Add", [Add(op, "Erf", [Add(op, "Mul", [x, Scalar("sqrt_half", Math.Sqrt(0.5))])]), Scalar("one", 1)])]),
            UnaryOp.Pow => Add(op, "Pow", [x, Scalar("exponent", a)]),
            UnaryOp.Clamp => Add(op, "Clip", [x, Scalar("low", a), Scalar("high", b)]),
            UnaryOp.Affine => Add(op, "Add", [Add(op, "Mul", [x, Scalar("factor", a)]), Scalar("summand", b)]),
            UnaryOp.HardSwish => Add(op, "HardSwish", [x]),
            UnaryOp.HardSigmoid => Add(op, "HardSigmoid", [x], ("alpha", 1.0 / 6), ("beta", 0.5)),
            // one name on both sides
            UnaryOp.Neg or UnaryOp.Relu or UnaryOp.Sigmoid or UnaryOp.Tanh or UnaryOp.Exp or UnaryOp.Log or UnaryOp.Sqrt or UnaryOp.Abs =>
                Add(op, $"{call.Op}", [x]),
            _ => throw Refused(op, "has no counterpart in ONNX"),
        };

        string Scalar(string name, double value) => Constant(op, name, [(float)value], []);
    }

    private string Reduce(TracedOp op, string type, bool axesAreInput = false)
    {
        if (Axes(op).Contains(0))
            throw Refused(op, "combines the images of a batch");
        return axesAreInput
            ? Add(op, type, [Value(op, 0), Constant(op, "axes", Array.ConvertAll(Axes(op), axis => (long)axis))], ("keepdims", 1))
            : Add(op, type, [Value(op, 0)], ("axes", Axes(op)), ("keepdims", 1));
    }

    /// <summary>The first extent is left open, since it holds the batch; the others are what they were in the trace.</summary>
    private string Reshape(TracedOp op)
    {
        Shape from = op.Inputs[0]!.Shape, to = op.Output.Shape;
        if (to.Rank == 2 && from.Rank >= 2 && from[0] == to[0])
            return Add(op, "Flatten", [Value(op, 0)], ("axis", 1));
        if (to.Rank == 0)
            throw Refused(op, "joins the images of a batch");
        return Add(op, "Reshape", [Value(op, 0), Constant(op, "shape", [-1L, .. to.AsSpan()[1..].ToArray().Select(extent => (long)extent)])]);
    }
}
