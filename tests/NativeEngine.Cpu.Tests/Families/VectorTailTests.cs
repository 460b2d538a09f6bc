using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>Every length around the vector widths: the tail of a loop computes what its body does, and writes nothing beyond.</summary>
public sealed class VectorTailTests
{
    // Narrow vectors reach their last combination of unrolled, whole and partial vectors sooner.
    private static readonly int LongestTail = SimdSettingsTests.InChild ? 40 : 130;
    private const double Rounding = 4e-6;

    private static IEnumerable<UnaryOp> UnaryOps => Enum.GetValues<UnaryOp>();

    private static IEnumerable<BinaryOp> BinaryOps => Enum.GetValues<BinaryOp>();

    [TestCaseSource(nameof(UnaryOps))]
    public void Unary(UnaryOp op)
    {
        using var pair = new Pair();
        // Logarithm, root and power have no real value left of 0.
        bool positive = op is UnaryOp.Log or UnaryOp.Sqrt or UnaryOp.Pow;
        var args = op switch { UnaryOp.Clamp => new UnaryArgs(-1, 2), UnaryOp.Pow => new UnaryArgs(1.5), _ => new UnaryArgs(0.25, 0.5) };
        for (int n = 0; n <= LongestTail; n++)
        {
            var values = Pair.Numbers((uint)op, n);
            if (positive)
                values = Array.ConvertAll(values, v => Math.Abs(v) + 0.25f);
            pair.Check($"{op} of {n}", Rounding * 4, e =>
            {
                var x = e.From(values, [n]);
                x.RequiresGrad = true;
                var y = x.Apply(op, args);
                y.Backward(e.From(Pair.Numbers(99, n), [n]), keepGraph: true);
                return [y, x.Grad!];
            });
        }
    }

    [Test]
    public void PositionOfTheLargest([Values(0, 2, 9)] int notNumbers)
    {
        using var pair = new Pair();
        for (int n = 1; n <= LongestTail; n++)
        {
            // Few different values, so that the largest comes several times.
            var values = Array.ConvertAll(Pair.Numbers(7, 5 * n), v => MathF.Round(v));
            for (int i = 0; i < notNumbers; i++)
                values[(n / 2 + i * 31) % values.Length] = float.NaN;
            pair.Check($"argmax of [5,{n}] with {notNumbers} NaN", 0, e => [e.From(values, [5, n]).ArgMax(1)]);
        }
    }

    [Test]
    public void CopiesOfRowsAndColumnsThatRepeat()
    {
        using var pair = new Pair();
        for (int n = 1; n <= LongestTail; n++)
        {
            pair.Check($"sum over [{n},5] and its backward", Rounding, e =>
            {
                var x = e.From(Pair.Numbers(3, 5 * n), [n, 5]);
                x.RequiresGrad = true;
                var y = e.From(Pair.Numbers(4, 5 * n), [n, 5]);
                y.RequiresGrad = true;
                (x.Sum([1]) * e.From(Pair.Numbers(5, n), [n])).Sum().Backward();
                (y.Sum([0]) * e.From(Pair.Numbers(6, 5), [5])).Sum().Backward();
                return [x.Grad!, y.Grad!];
            });
        }
    }

    [TestCaseSource(nameof(BinaryOps))]
    public void Binary(BinaryOp op)
    {
        using var pair = new Pair();
        for (int n = 1; n <= LongestTail; n++)
        {
            // A whole array, a row and one value as the right operand.
            foreach (Shape right in new Shape[] { [3, n], [n], [1] })
            {
                pair.Check($"{op} of [3,{n}] and {right}", Rounding * 8, e =>
                {
                    var a = e.From(Pair.Numbers(1, 3 * n), [3, n]);
                    var b = e.From(Array.ConvertAll(Pair.Numbers(2, right.Count), v => v + 5), right);
                    a.RequiresGrad = b.RequiresGrad = true;
                    var y = Elementwise.Apply(op, a, b);
                    y.Backward(keepGraph: true);
                    return [y, a.Grad!, b.Grad!];
                });
            }
        }
    }

    [Test]
    public void Reductions([Values] ReduceOp op)
    {
        using var pair = new Pair();
        for (int n = 1; n <= LongestTail; n++)
        {
            pair.Check($"{op} of {n}", Rounding * 4, e =>
            {
                var x = e.From(Pair.Numbers(3, 5 * n), [5, n]);
                Tensor Over(params int[] axes) => op switch { ReduceOp.Sum => x.Sum(axes), ReduceOp.Mean => x.Mean(axes), _ => x.Max(axes) };
                return [Over(0), Over(1), Over(0, 1)];
            });
        }
    }

    /// <summary>Few columns and many rows, around the number of rows that are reduced as one.</summary>
    [Test]
    public void Narrow_columns([Values] ReduceOp op, [Values(127, 128, 129, 143, 1000, 20001)] int rows)
    {
        using var pair = new Pair();
        foreach (int n in (int[])[2, 3, 6, 15, 16, 17])
        {
            pair.Check($"{op} of {rows} rows of {n}", Rounding * 4, e =>
            {
                var x = e.From(Pair.Numbers(9, rows * n), [rows, n]);
                return [op switch { ReduceOp.Sum => x.Sum([0]), ReduceOp.Mean => x.Mean([0]), _ => x.Max([0]) }];
            });
        }
    }

    [Test]
    public void Losses()
    {
        using var pair = new Pair();
        for (int n = 1; n <= LongestTail; n++)
        {
            pair.Check($"losses of {n}", Rounding * 4, e =>
            {
                var x = e.From(Pair.Numbers(4, 3 * n), [3, n]);
                x.RequiresGrad = true;
                var target = e.From([0, n / 2, n - 1], [3]);
                var t = e.From(Array.ConvertAll(Pair.Numbers(5, 3 * n), v => v / 8 + 0.5f), [3, n]);
                var w = e.From(Array.ConvertAll(Pair.Numbers(6, n), v => v + 5), [n]);
                Tensor[] values = [x.CrossEntropy(target, w, 0.1), x.MseLoss(t), x.L1Loss(t), x.SmoothL1Loss(t, 0.7), x.BceWithLogits(t, w)];
                foreach (var value in values)
                    value.Backward(keepGraph: true);
                return [.. values, x.Grad!];
            });
        }
    }

    [Test]
    public void Losses_of_softmax()
    {
        using var pair = new Pair();
        for (int n = 1; n <= LongestTail; n++)
        {
            pair.Check($"losses of {n} classes", Rounding * 4, e =>
            {
                var x = e.From(Array.ConvertAll(Pair.Numbers(4, 3 * n), v => v / 4), [3, n]);
                x.RequiresGrad = true;
                var target = e.From([0, n / 2, n - 1], [3]);
                var w = e.From(Array.ConvertAll(Pair.Numbers(6, n), v => v + 5), [n]);
                Tensor[] values = [x.FocalLoss(target, w, 1.5), x.SquaredLoss(target), x.SoftmaxInverseLoss(target, Reduction.Mean)];
                foreach (var value in values)
                    value.Backward(keepGraph: true);
                return [.. values, x.Grad!];
            });
        }
    }

    [Test]
    public void Optimizer_steps_and_norms()
    {
        using var pair = new Pair();
        for (int n = 0; n <= LongestTail; n++)
        {
            pair.Check($"update of {n}", Rounding, e =>
            {
                Tensor p = e.From(Pair.Numbers(7, n), [n]), g = e.From(Pair.Numbers(8, n), [n]), m = e.Zeros([n]), v = e.Zeros([n]);
                var norm = Optim.GradNorm(e, [g, p]);
                Optim.Step(e, new OptimizerArgs(OptimizerRule.AdamW, 0.01, 1) { Beta1 = 0.9, Beta2 = 0.999, Eps = 1e-8, ClipNorm = 1 },
                    [new OptimizerSlot(p, g, m, v, null, 0.1, 1)], norm);
                return [p, m, v, norm];
            });
        }
    }
}
