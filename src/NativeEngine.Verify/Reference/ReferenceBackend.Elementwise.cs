using NativeEngine.Core;
using static NativeEngine.Verify.ReferenceMath;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Unary(UnaryOp op, in UnaryArgs args, Tensor x, Tensor y)
    {
        Grid xs = new(x), ys = new(y);
        for (long i = 0; i < x.Count; i++)
            ys.Set(i, Value(op, args, xs.At(i)));
    }

    /// <inheritdoc/>
    public void UnaryBackward(UnaryOp op, in UnaryArgs args, Tensor saved, Tensor dy, GradTarget dx)
    {
        Grid kept = new(saved), dys = new(dy), dxs = Start(dx);
        for (long i = 0; i < dy.Count; i++)
            dxs.Add(i, dys.At(i) * Derivative(op, args, kept.At(i)));
    }

    /// <inheritdoc/>
    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y)
    {
        Grid x = Grid.AnyStrides(a), z = Grid.AnyStrides(b), ys = new(y);
        foreach (var i in Grid.Indices(y.Shape))
        {
            ys[i] = op switch
            {
                BinaryOp.Add => x[i] + z[i],
                BinaryOp.Sub => x[i] - z[i],
                BinaryOp.Mul => x[i] * z[i],
                BinaryOp.Div => x[i] / z[i],
                BinaryOp.Max => Math.Max(x[i], z[i]),
                BinaryOp.Min => Math.Min(x[i], z[i]),
                _ => throw Unknown(op),
            };
        }
    }

    /// <inheritdoc/>
    public void BinaryBackward(BinaryOp op, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget dTarget)
    {
        Grid x = Grid.AnyStrides(a), z = Grid.AnyStrides(b), dys = new(dy), sum = Start(dTarget);
        foreach (var i in Grid.Indices(dy.Shape))
            sum[Project(i, sum.Shape)] += dys[i] * Partial(op, side, x[i], z[i]);
    }

    /// <inheritdoc/>
    public void Dropout(Tensor x, double p, PhiloxKey key, GradTarget y)
    {
        Grid xs = new(x), ys = Start(y);
        for (long i = 0; i < x.Count; i++)
        {
            if (Philox.Uniform(key, (ulong)i) >= p)
                ys.Add(i, xs.At(i) / (1 - p));
        }
    }

    private static double Value(UnaryOp op, UnaryArgs args, double x) => op switch
    {
        UnaryOp.Neg => -x,
        UnaryOp.Relu => x <= 0 ? 0 : x,
        UnaryOp.LeakyRelu => x > 0 ? x : args.A * x,
        UnaryOp.Sigmoid => Sigmoid(x),
        UnaryOp.Tanh => Math.Tanh(x),
        UnaryOp.Silu => x * Sigmoid(x),
        UnaryOp.Gelu => x * NormalCdf(x),
        UnaryOp.Exp => Math.Exp(x),
        UnaryOp.Log => Math.Log(x),
        UnaryOp.Sqrt => Math.Sqrt(x),
        UnaryOp.Pow => Math.Pow(x, args.A),
        UnaryOp.Abs => Math.Abs(x),
        UnaryOp.Clamp => Math.Min(Math.Max(x, args.A), args.B),
        UnaryOp.Affine => args.A * x + args.B,
        UnaryOp.HardSwish => x * Math.Clamp(x + 3, 0, 6) / 6,
        UnaryOp.HardSigmoid => Math.Clamp(x + 3, 0, 6) / 6,
        _ => throw Unknown(op),
    };

    /// <summary>The derivative from what the op keeps: x, or y for relu, sigmoid, tanh, exp and sqrt (<see cref="UnaryOps.Saves"/>).</summary>
    private static double Derivative(UnaryOp op, UnaryArgs args, double kept) => op switch
    {
        UnaryOp.Neg => -1,
        UnaryOp.Relu => kept > 0 ? 1 : 0,
        UnaryOp.LeakyRelu => kept > 0 ? 1 : args.A,
        UnaryOp.Sigmoid => kept * (1 - kept),
        UnaryOp.Tanh => 1 - kept * kept,
        UnaryOp.Silu => Sigmoid(kept) * (1 + kept * (1 - Sigmoid(kept))),
        UnaryOp.Gelu => NormalCdf(kept) + kept * NormalPdf(kept),
        UnaryOp.Exp => kept,
        UnaryOp.Log => 1 / kept,
        UnaryOp.Sqrt => kept == 0 ? 0 : 1 / (2 * kept),
        UnaryOp.Pow => args.A == 0 ? 0 : args.A * Math.Pow(kept, args.A - 1),
        UnaryOp.Abs => SignOrNaN(kept),
        UnaryOp.Clamp => kept >= args.A && kept <= args.B ? 1 : 0,
        UnaryOp.Affine => args.A,
        UnaryOp.HardSwish => kept <= -3 ? 0 : kept >= 3 ? 1 : (2 * kept + 3) / 6,
        UnaryOp.HardSigmoid => kept > -3 && kept < 3 ? 1.0 / 6 : 0,
        _ => throw Unknown(op),
    };

    private static double Partial(BinaryOp op, Operand side, double a, double b) => (op, side) switch
    {
        (BinaryOp.Add, _) => 1,
        (BinaryOp.Sub, Operand.Left) => 1,
        (BinaryOp.Sub, _) => -1,
        (BinaryOp.Mul, Operand.Left) => b,
        (BinaryOp.Mul, _) => a,
        (BinaryOp.Div, Operand.Left) => 1 / b,
        (BinaryOp.Div, _) => -a / (b * b),
        (BinaryOp.Max, Operand.Left) => a >= b ? 1 : 0,
        (BinaryOp.Max, _) => a >= b ? 0 : 1,
        (BinaryOp.Min, Operand.Left) => a <= b ? 1 : 0,
        (BinaryOp.Min, _) => a <= b ? 0 : 1,
        _ => throw Unknown(op),
    };

    private static ArgumentOutOfRangeException Unknown<T>(T op) where T : struct, Enum =>
        new(nameof(op), op, $"the reference backend does not define {typeof(T).Name}.{op}");
}
