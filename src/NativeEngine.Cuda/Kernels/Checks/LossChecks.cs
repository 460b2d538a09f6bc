using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

internal static class LossChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(LossKernels.Total, Total),
        new(LossKernels.Finish, Finish),
        .. Enum.GetValues<ClassLossOp>().Select(op => new KernelCheck(LossKernels.For(op), run => ClassLoss(run, op))),
        .. Enum.GetValues<ElementLossOp>().Select(op => new KernelCheck(LossKernels.For(op), run => ElementLoss(run, op))),
    ];

    private const int Ignored = -100;

    private static readonly (int Rows, int Classes, double Smoothing, bool Weighted, bool Gradient, bool Mean)[] Cases =
    [
        (1, 1, 0, false, true, true), (4, 10, 0, false, true, true), (5, 10, 0.1, true, true, true), (3, 1000, 0, true, true, false),
        (7, 33, 0.2, false, false, true), (300, 3, 0, false, true, true),
    ];

    // Some rows ignored, one outside the classes when there are enough.
    private static int[] Targets(KernelCheckRun run, int rows, int classes)
    {
        int[] targets = [.. run.Random.Integers(rows, classes)];
        for (int r = 3; r < rows; r += 4)
            targets[r] = Ignored;
        if (rows > 4)
            targets[2] = classes;
        return targets;
    }

    private static bool Counts(int target, int classes) => target >= 0 && target < classes;

    private static void Total(KernelCheckRun run)
    {
        foreach (var (rows, classes, smoothing, weighted, _, _) in Cases)
        {
            run.Begin($"[{rows},{classes}]{(weighted ? ", weighted" : "")}");
            var targets = Targets(run, rows, classes);
            float[] weight = run.Random.Floats(classes, 0.5f, 2);
            var total = run.Output<float>("total", 1);
            CheckBuffer<float>? weights = weighted ? run.Input("weight", weight) : null;
            run.Launch(LossKernels.Total, LaunchShape.Single(rows),
                new(run.Input("target", targets), weights, total, new(rows, classes, Ignored, (float)smoothing)));
            run.Expect(total, [targets.Where(t => Counts(t, classes)).Sum(t => weighted ? (double)weight[t] : 1)], 12);
        }
    }

    private static void Finish(KernelCheckRun run)
    {
        foreach (int rows in (int[])[1, 40, 3000])
        {
            bool mean = rows != 40;
            run.Begin($"{rows} rows{(mean ? ", mean" : "")}");
            float[] losses = run.Random.Floats(rows, 0, 3), total = [run.Random.Between(1, 9)];
            var loss = run.Output<float>("loss", 1);
            CheckBuffer<float>? divisor = mean ? run.Input("total", total) : null;
            run.Launch(LossKernels.Finish, LaunchShape.Single(rows), new(run.Input("losses", losses), divisor, loss, rows));
            run.Expect(loss, [losses.Sum(v => (double)v) / (mean ? total[0] : 1)], 24);
        }
    }

    private static void ClassLoss(KernelCheckRun run, ClassLossOp op)
    {
        foreach (var (rows, classes, smoothing, weighted, gradient, mean) in Cases)
        {
            bool nll = op == ClassLossOp.Nll;
            float eps = op == ClassLossOp.CrossEntropy ? (float)smoothing : 0, gamma = op != ClassLossOp.Focal ? 0 : weighted ? 0.5f : mean ? 2 : 0,
                scale = weighted ? 0.75f : 1;
            run.Begin($"[{rows},{classes}], smoothing {eps}, gamma {gamma}, scale "
                + $"{scale}{(weighted ? ", weighted" : "")}{(gradient ? ", gradient" : "")}{(mean ? ", mean" : "")}");
            float[] x = nll ? run.Random.Floats((long)rows * classes, -8, 0) : run.Random.Floats((long)rows * classes, -9, 9);
            var targets = Targets(run, rows, classes);
            float[] weight = run.Random.Floats(classes, 0.5f, 2), total = [run.Random.Between(1, 9)];
            var losses = run.Output<float>("losses", rows);
            CheckBuffer<float>? dx = gradient ? run.Output<float>("dx", x.Length) : null, weights = weighted ? run.Input("weight", weight) : null,
                divisor = mean ? run.Input("total", total) : null;
            run.Launch(LossKernels.For(op), LossKernels.LaunchFor(op, rows, classes),
                new(run.Input("x", x), run.Input("target", targets), weights, divisor, losses, dx, new(rows, classes, Ignored, eps, gamma, scale)));

            double[] expected = new double[rows], slopes = new double[x.Length], sizes = new double[rows], slopeSizes = new double[x.Length];
            for (int r = 0; r < rows; r++)
            {
                int t = targets[r];
                double outside = t == Ignored ? 0 : double.NaN;
                double[] row = [.. x.Skip(r * classes).Take(classes).Select(v => (double)v)];
                var (value, slope, size) = Counts(t, classes) ? Row(op, row, t, j => weighted ? weight[j] : 1, eps, gamma)
                    : (outside, [.. row.Select(_ => outside)], 0);
                expected[r] = value * scale;
                sizes[r] = size;
                for (int j = 0; j < classes; j++)
                {
                    slopes[r * classes + j] = slope[j] * scale / (mean ? total[0] : 1);
                    // At the class itself p - 1 is rounded at the size of 1, times 1/p.
                    slopeSizes[r * classes + j] = nll ? 0 : op == ClassLossOp.SoftmaxInverse
                        ? Math.Abs(slopes[r * classes + j]) + (j == t ? 0.05 * Math.Abs(expected[r]) : 0) : 0.05;
                }
            }

            run.Expect(losses, expected, 24, sizes);
            if (dx is not null)
                run.Expect(dx, slopes, 30, slopeSizes);
        }
    }

    // Value and gradient of a row that counts, and the size of what the value is rounded from.
    private static (double Value, double[] Slope, double Size) Row(ClassLossOp op, double[] x, int t, Func<int, double> w, double eps, double gamma)
    {
        int classes = x.Length;
        double sum = x.Sum(Math.Exp), all = Enumerable.Range(0, classes).Sum(w);
        double LogP(int j) => x[j] - Math.Log(sum);
        double P(int j) => Math.Exp(LogP(j));
        double Hit(int j) => j == t ? 1 : 0;
        double[] Each(Func<int, double> slope) => [.. Enumerable.Range(0, classes).Select(slope)];
        double right = P(t), doubt = Enumerable.Range(0, classes).Where(j => j != t).Sum(P);
        switch (op)
        {
            case ClassLossOp.CrossEntropy:
                return (-(1 - eps) * w(t) * LogP(t) - eps / classes * Enumerable.Range(0, classes).Sum(j => w(j) * LogP(j)),
                    Each(j => (1 - eps) * w(t) * (P(j) - Hit(j)) + eps / classes * (all * P(j) - w(j))), 8);
            case ClassLossOp.Nll:
                return (-w(t) * x[t], Each(j => -w(t) * Hit(j)), 8);
            case ClassLossOp.Focal:
                double rise = doubt > 0 ? Math.Pow(doubt, gamma) - gamma * Math.Pow(doubt, gamma - 1) * right * LogP(t) : gamma > 0 ? 0 : 1;
                return (-w(t) * Math.Pow(doubt, gamma) * LogP(t), Each(j => w(t) * rise * (P(j) - Hit(j))), 8);
            case ClassLossOp.Squared:
                double squares = Enumerable.Range(0, classes).Sum(j => P(j) * P(j));
                return (w(t) * Enumerable.Range(0, classes).Sum(j => (P(j) - Hit(j)) * (P(j) - Hit(j))),
                    Each(j => 2 * w(t) * P(j) * (P(j) - Hit(j) - squares + right)), 1);
            case ClassLossOp.SoftmaxInverse:
                return (w(t) / right, Each(j => w(t) / right * (P(j) - Hit(j))), 8 / right); // the exponential has the rounding of log p[t], up to 20
            default:
                throw new ArgumentOutOfRangeException(nameof(op), op, "no reference for this loss");
        }
    }

    private static (double Value, double Slope) Element(ElementLossOp op, double x, double t, double w, double beta)
    {
        double d = x - t;
        return op switch
        {
            ElementLossOp.Mse => (d * d, 2 * d),
            ElementLossOp.L1 => (Math.Abs(d), Math.Sign(d)),
            ElementLossOp.SmoothL1 => Math.Abs(d) < beta ? (0.5 * d * d / beta, d / beta) : (Math.Abs(d) - 0.5 * beta, Math.Sign(d)),
            ElementLossOp.BceWithLogits =>
                (w * t * Math.Log(1 + Math.Exp(-x)) + (1 - t) * Math.Log(1 + Math.Exp(x)), (1 - t) / (1 + Math.Exp(-x)) - w * t / (1 + Math.Exp(x))),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no reference for this loss"),
        };
    }

    private static void ElementLoss(KernelCheckRun run, ElementLossOp op)
    {
        foreach (var (rows, columns, perElement, weighted) in ((int, int, bool, bool)[])[(1, 1, true, false), (5, 40, true, true), (3, 1000, false, false),
                (60, 41, false, true)])
        {
            int n = rows * columns;
            const float beta = 0.75f, scale = 0.125f;
            run.Begin($"[{rows},{columns}]{(perElement ? ", per element" : "")}{(weighted ? ", weighted" : "")}");
            float[] x = run.Random.Floats(n, -8, 8), t = op == ElementLossOp.BceWithLogits ? run.Random.Floats(n, 0, 1) : run.Random.Floats(n, -8, 8),
                weight = run.Random.Floats(columns, 0.5f, 2);
            t[0] = op == ElementLossOp.BceWithLogits ? 1 : x[0];
            CheckBuffer<float>? losses = perElement ? run.Output<float>("losses", n) : null,
                partial = perElement ? null : run.Output<float>("partial", LossKernels.ElementChunks(n));
            CheckBuffer<float>? weights = weighted ? run.Input("weight", weight) : null;
            var dx = run.Output<float>("dx", n);
            run.Launch(LossKernels.For(op), LossKernels.ElementShape(n),
                new(run.Input("x", x), run.Input("t", t), weights, losses, partial, dx, KernelWalk.Create([rows, columns], [0, 1]), n,
                    LossKernels.ElementChunk, beta, scale));
            var expected = x.Select((v, i) => Element(op, v, t[i], weighted ? weight[i % columns] : 1, beta)).ToArray();
            run.Expect(dx, [.. expected.Select(e => scale * e.Slope)], 12, scale);
            if (losses is not null)
                run.Expect(losses, [.. expected.Select(e => e.Value)], 12, 4);
            if (partial is not null)
                run.Expect(partial, [.. expected.Chunk(LossKernels.ElementChunk).Select(c => c.Sum(e => e.Value))], 40);
        }
    }
}
