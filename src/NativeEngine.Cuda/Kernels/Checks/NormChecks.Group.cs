namespace NativeEngine.Cuda.Kernels.Checks;

internal static partial class NormChecks
{
    // Samples, spatial, channels, groups: layer norm (spatial 1, one group), group and instance norm, a set longer than a block.
    private static readonly (int Samples, int Spatial, int Channels, int Groups)[] Groups =
        [(1, 1, 2, 1), (5, 1, 37, 1), (2, 6, 8, 4), (3, 5, 4, 4), (1, 300, 6, 2), (2, 1, 700, 1)];

    private sealed record GroupCase(int Samples, int Spatial, int Channels, int Groups, float[] X, float[]? Weight, float[]? Bias)
    {
        public int Set(int i) => i / Channels / Spatial * Groups + i % Channels / (Channels / Groups);

        public int SetSize => Spatial * (Channels / Groups);

        public NormKernels.GroupShape Shape => new(Samples, Spatial, Channels, Groups);

        public double[] PerSet(Func<int, double> value)
        {
            var sums = new double[Samples * Groups];
            for (int i = 0; i < X.Length; i++)
                sums[Set(i)] += value(i);
            return sums;
        }
    }

    private static GroupCase MakeGroup(KernelCheckRun run, (int Samples, int Spatial, int Channels, int Groups) s)
    {
        bool affine = s.Samples != 3;
        run.Begin($"{s.Samples} samples, {s.Spatial} pixels, {s.Channels} channels in {s.Groups} groups{(affine ? ", weight and bias" : "")}");
        return new(s.Samples, s.Spatial, s.Channels, s.Groups, run.Random.Floats((long)s.Samples * s.Spatial * s.Channels),
            affine ? run.Random.Floats(s.Channels, 0.5f, 2) : null, affine ? run.Random.Floats(s.Channels) : null);
    }

    private static (double[] Mean, double[] InvStd) Statistics(GroupCase c, double eps)
    {
        double[] mean = [.. c.PerSet(i => c.X[i]).Select(v => v / c.SetSize)];
        return (mean, [.. c.PerSet(i => Math.Pow(c.X[i] - mean[c.Set(i)], 2)).Select(v => 1 / Math.Sqrt(v / c.SetSize + eps))]);
    }

    private static void GroupForward(KernelCheckRun run)
    {
        foreach (var sizes in Groups)
        {
            var c = MakeGroup(run, sizes);
            var (mean, inverse) = Statistics(c, 1e-3f);
            var y = run.Output<float>("y", c.X.Length);
            CheckBuffer<float> savedMean = run.Output<float>("saved_mean", mean.Length), savedInverse = run.Output<float>("saved_inv_std", mean.Length);
            run.Launch(NormKernels.GroupNormForwardKernel, NormKernels.GroupNormShape(c.Shape),
                new(run.Input("x", c.X), Optional(run, "weight", c.Weight), Optional(run, "bias", c.Bias), y, savedMean, savedInverse, c.Shape, 1e-3f));
            run.Expect(savedMean, mean, 12, 2);
            run.Expect(savedInverse, inverse, 40);
            run.Expect(y, [.. c.X.Select((x, i) =>
                (x - mean[c.Set(i)]) * inverse[c.Set(i)] * (c.Weight?[i % c.Channels] ?? 1) + (c.Bias?[i % c.Channels] ?? 0))], 40, 8);
        }
    }

    private static void GroupBackward(KernelCheckRun run)
    {
        foreach (var sizes in Groups)
        {
            var c = MakeGroup(run, sizes);
            bool accumulate = c.Samples == 2;
            var (mean, inverse) = Statistics(c, 1e-3f);
            float[] means = [.. mean.Select(v => (float)v)], inverses = [.. inverse.Select(v => (float)v)];
            float[] dy = run.Random.Floats(c.X.Length), before = run.Random.Floats(c.X.Length);
            var dx = run.Target("dx", before, accumulate);
            run.Launch(NormKernels.GroupNormBackwardKernel, NormKernels.GroupNormShape(c.Shape),
                new(run.Input("x", c.X), run.Input("dy", dy), Optional(run, "weight", c.Weight), run.Input("saved_mean", means),
                    run.Input("saved_inv_std", inverses), dx, c.Shape, accumulate ? 1 : 0));
            double Gradient(int i) => dy[i] * (c.Weight?[i % c.Channels] ?? 1.0);
            double Normalised(int i) => (c.X[i] - (double)means[c.Set(i)]) * inverses[c.Set(i)];
            double[] first = [.. c.PerSet(Gradient).Select(v => v / c.SetSize)],
                second = [.. c.PerSet(i => Gradient(i) * Normalised(i)).Select(v => v / c.SetSize)];
            run.Expect(dx, [.. c.X.Select((_, i) => inverses[c.Set(i)] * (Gradient(i) - first[c.Set(i)] - Normalised(i) * second[c.Set(i)])
                + (accumulate ? before[i] : 0))], 20, 20 * inverse.Max());
        }
    }

    private static void GroupBackwardSums(KernelCheckRun run)
    {
        foreach (var sizes in Groups)
        {
            var c = MakeGroup(run, sizes);
            var (mean, inverse) = Statistics(c, 1e-3f);
            float[] means = [.. mean.Select(v => (float)v)], inverses = [.. inverse.Select(v => (float)v)], dy = run.Random.Floats(c.X.Length);
            var plan = ColumnPlan.Create(c.Samples * c.Spatial, c.Channels);
            CheckBuffer<double> sum = run.Output<double>("sum_dy", plan.ScratchCount), sumXhat = run.Output<double>("sum_dy_xhat", plan.ScratchCount);
            run.Launch(NormKernels.GroupNormBackwardSumsKernel, plan.Launch,
                new(run.Input("x", c.X), run.Input("dy", dy), run.Input("saved_mean", means), run.Input("saved_inv_std", inverses), sum, sumXhat, c.Shape,
                    plan.Shape));
            double[] first = new double[plan.ScratchCount], second = new double[plan.ScratchCount];
            for (int i = 0; i < dy.Length; i++)
            {
                int at = (int)(i / c.Channels / plan.Chunk) * c.Channels + i % c.Channels;
                first[at] += dy[i];
                second[at] += dy[i] * (c.X[i] - (double)means[c.Set(i)]) * inverses[c.Set(i)];
            }

            run.Expect(sum, first, 4, i => Math.Abs(first[i]) + plan.Chunk);
            run.Expect(sumXhat, second, 12, i => Math.Abs(second[i]) + 4 * plan.Chunk * inverse.Max());
        }
    }

    // Outer, length, inner: rows, a channel axis in the middle, one class, longer than a block.
    private static readonly (int Outer, int Length, int Inner)[] Rows = [(1, 1, 1), (5, 10, 1), (2, 33, 3), (1, 700, 1), (3, 4, 7)];

    private static int RowOf(int i, int length, int inner) => i / inner / length * inner + i % inner;

    private static void SoftmaxForward(KernelCheckRun run, bool log)
    {
        foreach (var (outer, length, inner) in Rows)
        {
            foreach (float size in (float[])[3, 80])
            {
                run.Begin($"[{outer},{length},{inner}], values to {size}");
                var x = run.Random.Floats((long)outer * length * inner, -size, size);
                var y = run.Output<float>("y", x.Length);
                run.Launch(NormKernels.SoftmaxForwardKernel(log), LaunchShape.Rows(outer * inner, length),
                    new(run.Input("x", x), y, new(outer, length, inner)));
                double[] sums = new double[outer * inner];
                for (int i = 0; i < x.Length; i++)
                    sums[RowOf(i, length, inner)] += Math.Exp(x[i]);
                run.Expect(y, [.. x.Select((v, i) => log ? v - Math.Log(sums[RowOf(i, length, inner)]) : Math.Exp(v) / sums[RowOf(i, length, inner)])],
                    12 + size, log ? 2 : 0);
            }
        }
    }

    private static void SoftmaxBackward(KernelCheckRun run, bool log)
    {
        foreach (var (outer, length, inner) in Rows)
        {
            bool accumulate = length % 2 == 0;
            run.Begin($"[{outer},{length},{inner}]{(accumulate ? ", accumulate" : "")}");
            int count = outer * length * inner;
            float[] y = run.Random.Floats(count, log ? -5 : 0.01f, log ? -0.1f : 0.9f), dy = run.Random.Floats(count), before = run.Random.Floats(count);
            var dx = run.Target("dx", before, accumulate);
            run.Launch(NormKernels.SoftmaxBackwardKernel(log), LaunchShape.Rows(outer * inner, length),
                new(run.Input("y", y), run.Input("dy", dy), dx, new(outer, length, inner), accumulate ? 1 : 0));
            double[] sums = new double[outer * inner];
            for (int i = 0; i < count; i++)
                sums[RowOf(i, length, inner)] += log ? dy[i] : (double)dy[i] * y[i];
            run.Expect(dx, [.. y.Select((v, i) => (log ? dy[i] - Math.Exp(v) * sums[RowOf(i, length, inner)] : v * (dy[i] - sums[RowOf(i, length, inner)]))
                + (accumulate ? before[i] : 0))], 12, 2 + length);
        }
    }
}
