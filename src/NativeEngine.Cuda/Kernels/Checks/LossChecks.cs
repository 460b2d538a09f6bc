using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

internal static class LossChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(LossKernels.Total, Total),
        new(LossKernels.Finish, Finish),
        new(LossKernels.CrossEntropy, run => ClassLoss(run, LossKernels.CrossEntropy, false)),
        new(LossKernels.Nll, run => ClassLoss(run, LossKernels.Nll, true)),
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
            run.Launch(LossKernels.Total, LaunchShape.Single(rows), new(run.Input("target", targets), weights, total, new(rows, classes, Ignored, (float)smoothing)));
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

    private static void ClassLoss(KernelCheckRun run, Kernel<LossKernels.ClassLoss> kernel, bool nll)
    {
        foreach (var (rows, classes, smoothing, weighted, gradient, mean) in Cases)
        {
            double eps = nll ? 0 : (float)smoothing;
            run.Begin($"[{rows},{classes}], smoothing {eps}{(weighted ? ", weighted" : "")}{(gradient ? ", gradient" : "")}{(mean ? ", mean" : "")}");
            float[] x = nll ? run.Random.Floats((long)rows * classes, -8, 0) : run.Random.Floats((long)rows * classes, -9, 9);
            var targets = Targets(run, rows, classes);
            float[] weight = run.Random.Floats(classes, 0.5f, 2), total = [run.Random.Between(1, 9)];
            var losses = run.Output<float>("losses", rows);
            CheckBuffer<float>? dx = gradient ? run.Output<float>("dx", x.Length) : null, weights = weighted ? run.Input("weight", weight) : null, divisor = mean ? run.Input("total", total) : null;
            run.Launch(kernel, nll ? LaunchShape.Elements(x.Length) : LaunchShape.Rows(rows, classes),
                new(run.Input("x", x), run.Input("target", targets), weights, divisor, losses, dx, new(rows, classes, Ignored, (float)eps)));

            double[] expected = new double[rows], slopes = new double[x.Length];
            for (int r = 0; r < rows; r++)
            {
                int t = targets[r];
                double outside = t == Ignored ? 0 : double.NaN;
                double sum = nll ? 1 : Enumerable.Range(0, classes).Sum(j => Math.Exp(x[r * classes + j]));
                double LogP(int j) => x[r * classes + j] - Math.Log(sum);
                double W(int j) => weighted ? weight[j] : 1;
                double all = Enumerable.Range(0, classes).Sum(W);
                expected[r] = !Counts(t, classes) ? outside : -(1 - eps) * W(t) * LogP(t) - eps / classes * Enumerable.Range(0, classes).Sum(j => W(j) * LogP(j));
                for (int j = 0; j < classes; j++)
                {
                    double p = Math.Exp(LogP(j)), hit = j == t ? 1 : 0;
                    double d = nll ? -(Counts(t, classes) ? W(t) : 0) * hit : !Counts(t, classes) ? 0 : (1 - eps) * W(t) * (p - hit) + eps / classes * (all * p - W(j));
                    slopes[r * classes + j] = !Counts(t, classes) ? outside : d / (mean ? total[0] : 1);
                }
            }

            run.Expect(losses, expected, 24, 8);
            if (dx is not null)
                run.Expect(dx, slopes, 30, nll ? 0 : 0.05);
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
            ElementLossOp.BceWithLogits => (w * t * Math.Log(1 + Math.Exp(-x)) + (1 - t) * Math.Log(1 + Math.Exp(x)), (1 - t) / (1 + Math.Exp(-x)) - w * t / (1 + Math.Exp(x))),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no reference for this loss"),
        };
    }

    private static void ElementLoss(KernelCheckRun run, ElementLossOp op)
    {
        foreach (var (rows, columns, perElement, weighted) in ((int, int, bool, bool)[])[(1, 1, true, false), (5, 40, true, true), (3, 1000, false, false), (60, 41, false, true)])
        {
            int n = rows * columns;
            const float beta = 0.75f, scale = 0.125f;
            run.Begin($"[{rows},{columns}]{(perElement ? ", per element" : "")}{(weighted ? ", weighted" : "")}");
            float[] x = run.Random.Floats(n, -8, 8), t = op == ElementLossOp.BceWithLogits ? run.Random.Floats(n, 0, 1) : run.Random.Floats(n, -8, 8), weight = run.Random.Floats(columns, 0.5f, 2);
            t[0] = op == ElementLossOp.BceWithLogits ? 1 : x[0];
            CheckBuffer<float>? losses = perElement ? run.Output<float>("losses", n) : null, partial = perElement ? null : run.Output<float>("partial", LossKernels.ElementChunks(n));
            CheckBuffer<float>? weights = weighted ? run.Input("weight", weight) : null;
            var dx = run.Output<float>("dx", n);
            run.Launch(LossKernels.For(op), LossKernels.ElementShape(n),
                new(run.Input("x", x), run.Input("t", t), weights, losses, partial, dx, KernelWalk.Create([rows, columns], [0, 1]), n, LossKernels.ElementChunk, beta, scale));
            var expected = x.Select((v, i) => Element(op, v, t[i], weighted ? weight[i % columns] : 1, beta)).ToArray();
            run.Expect(dx, [.. expected.Select(e => scale * e.Slope)], 12, scale);
            if (losses is not null)
                run.Expect(losses, [.. expected.Select(e => e.Value)], 12, 4);
            if (partial is not null)
                run.Expect(partial, [.. expected.Chunk(LossKernels.ElementChunk).Select(c => c.Sum(e => e.Value))], 40);
        }
    }
}
