namespace NativeEngine.Cuda.Kernels.Checks;

internal static partial class NormChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(NormKernels.BatchNormStatsKernel, Stats),
        new(NormKernels.BatchNormFinishKernel, Finish),
        new(NormKernels.BatchNormRunningKernel, Running),
        new(NormKernels.BatchNormForwardKernel, BatchForward),
        new(NormKernels.BatchNormBackwardSumsKernel, BackwardSums),
        new(NormKernels.BatchNormBackwardFinishKernel, BackwardFinish),
        new(NormKernels.BatchNormBackwardKernel, BatchBackward),
        new(NormKernels.GroupNormForwardKernel, GroupForward),
        new(NormKernels.GroupNormBackwardKernel, GroupBackward),
        new(NormKernels.GroupNormBackwardSumsKernel, GroupBackwardSums),
        new(NormKernels.SoftmaxForwardKernel(false), run => SoftmaxForward(run, false)),
        new(NormKernels.SoftmaxForwardKernel(true), run => SoftmaxForward(run, true)),
        new(NormKernels.SoftmaxBackwardKernel(false), run => SoftmaxBackward(run, false)),
        new(NormKernels.SoftmaxBackwardKernel(true), run => SoftmaxBackward(run, true)),
    ];

    // Fewer and more channels than a block is wide, one row, several chunks of rows.
    private static readonly (int Rows, int Channels)[] Matrices = [(2, 1), (7, 3), (33, 4), (5, 70), (5000, 2), (1, 8)];

    // Values around 0, far from 0 by their spread, where differences cancel, and so large that sums of squares come near the end of the float range.
    private static readonly (float Offset, float Spread)[] Places = [(30, 1), (1e6f, 1), (-3e4f, 0.01f), (0, 1e17f)];

    private static float[] Values(KernelCheckRun run, long count, (float Offset, float Spread) place) =>
        [.. run.Random.Floats(count).Select(v => v * place.Spread + place.Offset)];

    private static IEnumerable<(double Mean, double M2)> Moments(float[] x, int from, int to, int channels)
    {
        for (int c = 0; c < channels; c++)
        {
            double mean = Enumerable.Range(from, to - from).Average(r => (double)x[r * channels + c]);
            yield return (mean, Enumerable.Range(from, to - from).Sum(r => Math.Pow(x[r * channels + c] - mean, 2)));
        }
    }

    private static void Stats(KernelCheckRun run)
    {
        foreach (var (rows, channels, place) in Matrices.SelectMany(m => Places.Select(p => (m.Rows, m.Channels, p))))
        {
            run.Begin($"[{rows},{channels}], {place.Offset} and up to {2 * place.Spread} more or less");
            var x = Values(run, (long)rows * channels, place);
            var plan = ColumnPlan.Create(rows, channels);
            CheckBuffer<double> mean = run.Output<double>("mean", plan.ScratchCount), m2 = run.Output<double>("m2", plan.ScratchCount);
            run.Launch(NormKernels.BatchNormStatsKernel, plan.Launch, new(run.Input("x", x), mean, m2, plan.Shape));
            var expected = Enumerable.Range(0, plan.Chunks)
                .SelectMany(k => Moments(x, (int)(k * plan.Chunk), (int)Math.Min(rows, (k + 1) * plan.Chunk), channels)).ToArray();
            run.Expect(mean, [.. expected.Select(e => e.Mean)], 4, _ => place.Spread);
            run.Expect(m2, [.. expected.Select(e => e.M2)], 16, i => expected[i].M2);
        }
    }

    private static void Finish(KernelCheckRun run)
    {
        foreach (var (rows, channels, place) in Matrices.SelectMany(m => Places.Select(p => (m.Rows, m.Channels, p))))
        {
            bool track = channels != 3 && rows > 1; // PyTorch's unbiased variance needs two rows
            run.Begin($"[{rows},{channels}], {place.Offset} and up to {2 * place.Spread} more or less{(track ? ", running" : "")}");
            var x = Values(run, (long)rows * channels, place);
            var plan = ColumnPlan.Create(rows, channels);
            var parts = Enumerable.Range(0, plan.Chunks)
                .SelectMany(k => Moments(x, (int)(k * plan.Chunk), (int)Math.Min(rows, (k + 1) * plan.Chunk), channels)).ToArray();
            float[] before = run.Random.Floats(channels, 0.5f, 1.5f);
            CheckBuffer<float> mean = run.Output<float>("saved_mean", channels), inverse = run.Output<float>("saved_inv_std", channels);
            CheckBuffer<float>? runningMean = track ? run.InOut("running_mean", before) : null, runningVar = track ? run.InOut("running_var", before) : null;
            run.Launch(NormKernels.BatchNormFinishKernel, LaunchShape.Elements(channels),
                new(run.Input<double>("mean", [.. parts.Select(p => p.Mean)]), run.Input<double>("m2", [.. parts.Select(p => p.M2)]),
                    mean, inverse, runningMean, runningVar, plan.Shape, plan.Chunks, 1e-5f, 0.1f));
            var whole = Moments(x, 0, rows, channels).ToArray();
            run.Expect(mean, [.. whole.Select(w => w.Mean)], 1.1);
            run.Expect(inverse, [.. whole.Select(w => 1 / Math.Sqrt(w.M2 / rows + 1e-5f))], 1.1);
            if (!track)
                continue;
            run.Expect(runningMean!, [.. whole.Select((w, c) => before[c] + 0.1f * (w.Mean - before[c]))], 1.1);
            run.Expect(runningVar!, [.. whole.Select((w, c) => before[c] + 0.1f * (w.M2 / (rows - 1) - before[c]))], 1.1);
        }
    }

    private static void Running(KernelCheckRun run)
    {
        foreach (int channels in (int[])[1, 300])
        {
            run.Begin($"{channels} channels");
            float[] mean = run.Random.Floats(channels), variance = run.Random.Floats(channels, 0, 4);
            CheckBuffer<float> savedMean = run.Output<float>("saved_mean", channels), inverse = run.Output<float>("saved_inv_std", channels);
            run.Launch(NormKernels.BatchNormRunningKernel, LaunchShape.Elements(channels),
                new(run.Input("running_mean", mean), run.Input("running_var", variance), savedMean, inverse, channels, 1e-3f));
            run.ExpectExactly(savedMean, mean);
            run.Expect(inverse, [.. variance.Select(v => 1 / Math.Sqrt(v + (double)1e-3f))], 6);
        }
    }

    // What the two batch norm passes over the data get: everything present, parameters and residual absent, no ReLU.
    private static readonly (int Rows, int Channels, bool Affine, bool Residual, bool Relu, bool Misalign)[] Passes =
        [(1, 1, true, true, true, false), (9, 4, true, true, true, false), (40, 12, false, false, false, false), (40, 12, true, false, true, true),
            (7, 5, true, true, false, false), (70, 140, true, false, true, false)];

    private sealed record BatchCase(int Rows, int Channels, float[] X, float[]? Residual, float[]? Weight, float[]? Bias, float[] Mean, float[] InvStd,
        bool Relu)
    {
        public double Normalised(int i) => (X[i] - (double)Mean[i % Channels]) * InvStd[i % Channels];

        public double Y(int i)
        {
            double y = Normalised(i) * (Weight?[i % Channels] ?? 1) + (Bias?[i % Channels] ?? 0) + (Residual?[i] ?? 0);
            return Relu && y <= 0 ? 0 : y;
        }
    }

    private static BatchCase Make(KernelCheckRun run, (int Rows, int Channels, bool Affine, bool Residual, bool Relu, bool Misalign) p)
    {
        run.Begin($"[{p.Rows},{p.Channels}]{(p.Affine ? ", weight and bias" : "")}{(p.Residual ? ", residual" : "")}{(p.Relu ? ", relu" : "")}", p.Misalign);
        long n = (long)p.Rows * p.Channels;
        var random = run.Random;
        return new(p.Rows, p.Channels, random.Floats(n), p.Residual ? random.Floats(n) : null, p.Affine ? random.Floats(p.Channels, 0.5f, 2) : null,
            p.Affine ? random.Floats(p.Channels) : null, random.Floats(p.Channels), random.Floats(p.Channels, 0.5f, 2), p.Relu);
    }

    private static CheckBuffer<float>? Optional(KernelCheckRun run, string name, float[]? values) => values is null ? null : run.Input(name, values);

    private static void BatchForward(KernelCheckRun run)
    {
        foreach (var pass in Passes)
        {
            var c = Make(run, pass);
            var y = run.Output<float>("y", c.X.Length);
            var walk = QuadPlan.Create(c.Rows, c.Channels);
            run.Launch(NormKernels.BatchNormForwardKernel, walk.Launch,
                new(run.Input("x", c.X), Optional(run, "residual", c.Residual), Optional(run, "weight", c.Weight), Optional(run, "bias", c.Bias),
                    run.Input("mean", c.Mean), run.Input("inv_std", c.InvStd), y, c.Rows, c.Channels, c.Relu ? 1 : 0, walk.Width));
            run.Expect(y, [.. Enumerable.Range(0, c.X.Length).Select(c.Y)], 6, 8);
        }
    }

    private static void BackwardSums(KernelCheckRun run)
    {
        foreach (var pass in Passes.Append((3000, 2, false, false, true, false)))
        {
            var c = Make(run, pass);
            float[] dy = run.Random.Floats(c.X.Length), y = [.. Enumerable.Range(0, c.X.Length).Select(i => (float)c.Y(i))];
            var plan = ColumnPlan.Create(c.Rows, c.Channels);
            CheckBuffer<double> sum = run.Output<double>("sum_dy", plan.ScratchCount), sumXhat = run.Output<double>("sum_dy_xhat", plan.ScratchCount);
            CheckBuffer<float>? output = c.Relu ? run.Input("y", y) : null;
            run.Launch(NormKernels.BatchNormBackwardSumsKernel, plan.Launch,
                new(run.Input("x", c.X), output, run.Input("dy", dy), run.Input("mean", c.Mean), run.Input("inv_std", c.InvStd), sum, sumXhat, plan.Shape,
                    c.Relu ? 1 : 0));
            double[] first = new double[plan.ScratchCount], second = new double[plan.ScratchCount];
            for (int i = 0; i < dy.Length; i++)
            {
                int at = (int)(i / c.Channels / plan.Chunk) * c.Channels + i % c.Channels;
                double g = c.Relu && !(y[i] > 0) ? 0 : dy[i];
                (first[at], second[at]) = (first[at] + g, second[at] + g * c.Normalised(i));
            }

            run.Expect(sum, first, 4, i => Math.Abs(first[i]) + plan.Chunk);
            run.Expect(sumXhat, second, 8, i => Math.Abs(second[i]) + 8 * plan.Chunk);
        }
    }

    private static double[] Doubles(KernelCheckRun run, long count) => [.. run.Random.Floats(count).Select(v => (double)v)];

    private static void BackwardFinish(KernelCheckRun run)
    {
        foreach (var (channels, chunks, accumulate) in ((int, int, bool)[])[(1, 1, false), (5, 7, true), (300, 3, false)])
        {
            run.Begin($"{channels} channels, {chunks} chunks{(accumulate ? ", accumulate" : "")}");
            double[] first = Doubles(run, (long)channels * chunks), second = Doubles(run, (long)channels * chunks);
            float[] before = run.Random.Floats(channels);
            CheckBuffer<double> sum = run.InOut("sum_dy", first), sumXhat = run.InOut("sum_dy_xhat", second);
            CheckBuffer<float> dWeight = run.Target("d_weight", before, accumulate);
            CheckBuffer<float>? dBias = channels == 1 ? null : run.Target("d_bias", before, accumulate);
            run.Launch(NormKernels.BatchNormBackwardFinishKernel, LaunchShape.Elements(channels),
                new(sum, sumXhat, dWeight, dBias, channels, chunks, accumulate ? 1 : 0, accumulate ? 1 : 0));
            double Total(double[] parts, int c) => Enumerable.Range(0, chunks).Sum(k => parts[k * channels + c]);
            run.Expect(sum, [.. first.Select((v, i) => i < channels ? Total(first, i) : v)], 1e-6, _ => chunks);
            run.Expect(sumXhat, [.. second.Select((v, i) => i < channels ? Total(second, i) : v)], 1e-6, _ => chunks);
            run.Expect(dWeight, [.. before.Select((v, c) => Total(second, c) + (accumulate ? v : 0))], 1.1);
            if (dBias is not null)
                run.Expect(dBias, [.. before.Select((v, c) => Total(first, c) + (accumulate ? v : 0))], 1.1);
        }
    }

    private static void BatchBackward(KernelCheckRun run)
    {
        foreach (var pass in Passes)
        {
            foreach (bool training in (bool[])[false, true])
            {
                var c = Make(run, pass);
                bool accumulate = training == c.Relu;
                float[] dy = run.Random.Floats(c.X.Length), before = run.Random.Floats(c.X.Length);
                double[] first = Doubles(run, c.Channels), second = Doubles(run, c.Channels);
                float[] y = [.. Enumerable.Range(0, c.X.Length).Select(i => (float)c.Y(i))];
                var dx = run.Target("dx", before, accumulate);
                CheckBuffer<float>? dr = c.Residual is null ? null : run.Target("dr", before, !accumulate), output = c.Relu ? run.Input("y", y) : null;
                var walk = QuadPlan.Create(c.Rows, c.Channels);
                run.Launch(NormKernels.BatchNormBackwardKernel, walk.Launch,
                    new(run.Input("x", c.X), output, run.Input("dy", dy), Optional(run, "weight", c.Weight), run.Input("mean", c.Mean),
                        run.Input("inv_std", c.InvStd),
                        run.Input("sum_dy", first), run.Input("sum_dy_xhat", second), dx, dr, c.Rows, c.Channels, c.Relu ? 1 : 0, training ? 1 : 0,
                            accumulate ? 1 : 0, accumulate ? 0 : 1, walk.Width));
                double[] expected = new double[c.X.Length], passed = new double[c.X.Length];
                for (int i = 0; i < expected.Length; i++)
                {
                    int k = i % c.Channels;
                    double g = c.Relu && !(y[i] > 0) ? 0 : dy[i];
                    double d = training ? g - (first[k] + c.Normalised(i) * second[k]) / c.Rows : g;
                    expected[i] = (c.Weight?[k] ?? 1.0) * c.InvStd[k] * d + (accumulate ? before[i] : 0);
                    passed[i] = g + (accumulate ? 0 : before[i]);
                }

                run.Expect(dx, expected, 10, 60);
                if (dr is not null)
                    run.Expect(dr, passed, 2, 2);
            }
        }
    }
}
