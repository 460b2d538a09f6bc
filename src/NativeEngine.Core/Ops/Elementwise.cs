namespace NativeEngine.Core;

/// <summary>Element-wise ops: y[i] = f(x[i]) and y = f(a, b) with broadcasting, and dropout.</summary>
public static class Elementwise
{
    /// <summary>y = op(x); what backward keeps is in <see cref="UnaryOps.Saves"/>.</summary>
    public static Tensor Apply(this Tensor x, UnaryOp op, UnaryArgs args = default)
    {
        Check.Float(op.SnakeName(), "input", x);
        x = x.Contiguous();
        var engine = x.Engine;
        var y = engine.Empty(x.Shape, x.DType);
        engine.Backend.Unary(op, args, x, y);
        var saved = op.Saves() switch { SavedOperand.Input => x, SavedOperand.Output => y, _ => null };
        return engine.Record(op.SnakeName(), y, [x], [saved], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.UnaryBackward(op, args, saved ?? pass.Dy, pass.Dy, pass.Target(0));
        }, new UnaryCall(op, args));
    }

    /// <summary>-x.</summary>
    public static Tensor Neg(this Tensor x) => x.Apply(UnaryOp.Neg);

    /// <summary>max(x, 0).</summary>
    public static Tensor Relu(this Tensor x) => x.Apply(UnaryOp.Relu);

    /// <summary>x for x &gt; 0, else slope·x.</summary>
    public static Tensor LeakyRelu(this Tensor x, double negativeSlope = 0.01) => x.Apply(UnaryOp.LeakyRelu, new(negativeSlope));

    /// <summary>1 / (1 + e^-x).</summary>
    public static Tensor Sigmoid(this Tensor x) => x.Apply(UnaryOp.Sigmoid);

    /// <summary>tanh x.</summary>
    public static Tensor Tanh(this Tensor x) => x.Apply(UnaryOp.Tanh);

    /// <summary>x · sigmoid(x).</summary>
    public static Tensor Silu(this Tensor x) => x.Apply(UnaryOp.Silu);

    /// <summary>x · Φ(x).</summary>
    public static Tensor Gelu(this Tensor x) => x.Apply(UnaryOp.Gelu);

    /// <summary>x · clamp(x + 3, 0, 6) / 6.</summary>
    public static Tensor HardSwish(this Tensor x) => x.Apply(UnaryOp.HardSwish);

    /// <summary>clamp(x + 3, 0, 6) / 6.</summary>
    public static Tensor HardSigmoid(this Tensor x) => x.Apply(UnaryOp.HardSigmoid);

    /// <summary>e^x.</summary>
    public static Tensor Exp(this Tensor x) => x.Apply(UnaryOp.Exp);

    /// <summary>ln x.</summary>
    public static Tensor Log(this Tensor x) => x.Apply(UnaryOp.Log);

    /// <summary>√x.</summary>
    public static Tensor Sqrt(this Tensor x) => x.Apply(UnaryOp.Sqrt);

    /// <summary>x^exponent.</summary>
    public static Tensor Pow(this Tensor x, double exponent) => x.Apply(UnaryOp.Pow, new(exponent));

    /// <summary>|x|.</summary>
    public static Tensor Abs(this Tensor x) => x.Apply(UnaryOp.Abs);

    /// <summary>min(max(x, low), high).</summary>
    public static Tensor Clamp(this Tensor x, double low, double high)
    {
        Check.That(low <= high, "clamp", $"bounds {low} and {high}: expects low ≤ high");
        return x.Apply(UnaryOp.Clamp, new(low, high));
    }

    /// <summary>factor·x + summand.</summary>
    public static Tensor Affine(this Tensor x, double factor, double summand = 0) => x.Apply(UnaryOp.Affine, new(factor, summand));

    /// <summary>
    /// y = op(a, b) with NumPy broadcasting. Backward keeps a and b for mul, div, max and min, nothing for add and sub; the
    /// gradient of a broadcast operand is summed over where it was repeated.
    /// </summary>
    public static Tensor Apply(BinaryOp op, Tensor a, Tensor b)
    {
        string name = op.SnakeName();
        Check.OneEngine(name, a, b);
        Check.That(a.DType == b.DType && a.DType.IsFloat(), name, $"operands are {a.DType} and {b.DType}: expects equal float types");
        var engine = a.Engine;
        var shape = Shape.Broadcast(name, a.Shape, b.Shape);
        Tensor wideA = a.ExpandView(name, shape), wideB = b.ExpandView(name, shape);
        var y = engine.Empty(shape, a.DType);
        engine.Backend.Binary(op, wideA, wideB, y);
        bool keeps = op is not (BinaryOp.Add or BinaryOp.Sub);
        return engine.Record(name, y, [a, b], keeps ? [a, b] : [], pass =>
        {
            OperandGrad(op, Operand.Left, a, wideA, wideB, pass);
            OperandGrad(op, Operand.Right, b, wideA, wideB, pass);
        }, op);
    }

    private static void OperandGrad(BinaryOp op, Operand side, Tensor operand, Tensor wideA, Tensor wideB, BackwardPass pass)
    {
        int i = (int)side;
        if (!pass.Needs(i))
            return;
        bool copiesDy = op == BinaryOp.Add || (op == BinaryOp.Sub && side == Operand.Left);
        if (copiesDy && operand.Shape == pass.Dy.Shape)
        {
            pass.Give(i, pass.Dy);
            return;
        }

        var target = pass.Target(i);
        var aligned = target with { Tensor = Reduce.AlignRank(target.Tensor!, pass.Dy.Shape) };
        if (aligned.Tensor!.IsDense)
        {
            pass.Dy.Engine.Backend.BinaryBackward(op, side, wideA, wideB, pass.Dy, aligned);
            return;
        }

        // A lower-rank image operand (say [C, H, W] beside [N, C, H, W]) is row-major: reduce into a dense buffer, then copy.
        var dense = pass.Dy.Engine.Empty(aligned.Tensor.Shape, pass.Dy.DType);
        pass.Dy.Engine.Backend.BinaryBackward(op, side, wideA, wideB, pass.Dy, new GradTarget(dense, GradMode.Overwrite));
        pass.Dy.Engine.Backend.Copy(dense, aligned.Tensor, target.Mode);
    }

    /// <summary>
    /// Zeroes elements with probability p and scales the rest by 1/(1-p). The mask is a pure function of the key, so backward keeps nothing.
    /// </summary>
    public static Tensor Dropout(this Tensor x, double p, PhiloxKey key)
    {
        Check.That(p is >= 0 and <= 1, "dropout", $"p = {p}: expects a probability in 0..1");
        Check.Float("dropout", "input", x);
        if (p == 0)
            return x;
        x = x.Contiguous();
        var engine = x.Engine;
        var y = engine.Empty(x.Shape, x.DType);
        engine.Backend.Dropout(x, p, key, new GradTarget(y, GradMode.Overwrite));
        return engine.Record("dropout", y, [x], [], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.Dropout(pass.Dy, p, key, pass.Target(0));
        });
    }
}
