using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

internal static class ConvChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(ConvKernels.Forward, run => Forward(run, ConvKernels.Forward, s => LaunchShape.Elements(s.Output.Count))),
        new(ConvKernels.BackwardData, run => BackwardData(run, ConvKernels.BackwardData, s => LaunchShape.Elements(s.Input.Count))),
        new(ConvKernels.BackwardFilter, run => BackwardFilter(run, false)),
        new(ConvKernels.TiledForward, run => Forward(run, ConvKernels.TiledForward, s => ConvKernels.TiledForwardShape(s))),
        new(ConvKernels.TiledBackwardData, run => BackwardData(run, ConvKernels.TiledBackwardData, s => ConvKernels.TiledBackwardDataShape(s))),
        new(ConvKernels.TiledBackwardFilter, run => BackwardFilter(run, true)),
        new(ConvKernels.MaxPool, run => PoolForward(run, true)),
        new(ConvKernels.MaxPoolGradient, MaxPoolBackward),
        new(ConvKernels.AveragePool, run => PoolForward(run, false)),
        new(ConvKernels.AveragePoolGradient, AveragePoolBackward),
    ];

    // 1x1, 3x3 same, strided with odd sizes, dilated, two groups, depthwise, a window larger than the image.
    private static readonly ConvSizes[] Sizes =
    [
        ConvSizes.Create([1, 1, 1, 1], [1, 1, 1, 1], (1, 1), (0, 0), (1, 1), 1),
        ConvSizes.Create([2, 3, 5, 6], [4, 3, 3, 3], (1, 1), (1, 1), (1, 1), 1),
        ConvSizes.Create([1, 5, 8, 7], [66, 5, 1, 1], (2, 2), (0, 0), (1, 1), 1),
        ConvSizes.Create([2, 4, 7, 9], [6, 2, 3, 2], (2, 3), (2, 1), (2, 1), 2),
        ConvSizes.Create([1, 6, 5, 5], [6, 1, 3, 3], (1, 1), (1, 1), (1, 1), 6),
        ConvSizes.Create([3, 2, 2, 3], [3, 2, 5, 5], (1, 1), (2, 2), (1, 1), 1),
    ];

    private static void Begin(KernelCheckRun run, in ConvSizes s, bool accumulate) => run.Begin(
        $"input {s.Input}, filter {s.Filter}, stride {s.StrideH}x{s.StrideW}, padding {s.PadH}x{s.PadW}, dilation {s.DilationH}x{s.DilationW}, {s.Groups} "
            + $"groups{(accumulate ? ", accumulate" : "")}");

    // Every product of the convolution: indices into y, x and w in memory order.
    private static IEnumerable<(int Y, int X, int W)> Products(ConvSizes s)
    {
        int cg = s.C / s.Groups, kg = s.K / s.Groups;
        for (int y = 0; y < s.Output.Count; y++)
        {
            int k = y % s.K, q = y / s.K % s.Q, p = y / s.K / s.Q % s.P, n = y / s.K / s.Q / s.P;
            for (int r = 0; r < s.R; r++)
            {
                for (int t = 0; t < s.S; t++)
                {
                    int h = p * s.StrideH - s.PadH + r * s.DilationH, w = q * s.StrideW - s.PadW + t * s.DilationW;
                    for (int c = 0; c < cg && h >= 0 && h < s.H && w >= 0 && w < s.W; c++)
                        yield return (y, ((n * s.H + h) * s.W + w) * s.C + k / kg * cg + c, ((k * s.R + r) * s.S + t) * cg + c);
                }
            }
        }
    }

    private static void Forward(KernelCheckRun run, Kernel<ConvKernels.ConvForward> kernel, Func<ConvSizes, LaunchShape> shape)
    {
        foreach (var s in Sizes)
        {
            Begin(run, s, false);
            bool withBias = s.K % 2 == 0;
            float[] x = run.Random.Floats(s.Input.Count), w = run.Random.Floats(s.Filter.Count), bias = run.Random.Floats(s.K);
            var y = run.Output<float>("y", s.Output.Count);
            CheckBuffer<float>? biasBuffer = withBias ? run.Input("bias", bias) : null;
            run.Launch(kernel, shape(s), new(run.Input("x", x), run.Input("w", w), biasBuffer, y, s));
            double[] expected = [.. Enumerable.Range(0, (int)s.Output.Count).Select(i => withBias ? (double)bias[i % s.K] : 0)];
            foreach (var (i, ix, iw) in Products(s))
                expected[i] += (double)x[ix] * w[iw];
            run.Expect(y, expected, 8 + s.C / s.Groups * s.R * s.S, 4);
        }
    }

    private static void BackwardData(KernelCheckRun run, Kernel<ConvKernels.ConvBackwardData> kernel, Func<ConvSizes, LaunchShape> shape)
    {
        foreach (var s in Sizes)
        {
            bool accumulate = s.N == 2;
            Begin(run, s, accumulate);
            float[] dy = run.Random.Floats(s.Output.Count), w = run.Random.Floats(s.Filter.Count), before = run.Random.Floats(s.Input.Count);
            var dx = run.Target("dx", before, accumulate);
            run.Launch(kernel, shape(s), new(run.Input("w", w), run.Input("dy", dy), dx, s, accumulate ? 1 : 0));
            double[] expected = [.. before.Select(v => accumulate ? (double)v : 0)];
            foreach (var (i, ix, iw) in Products(s))
                expected[ix] += (double)dy[i] * w[iw];
            run.Expect(dx, expected, 8 + s.K / s.Groups * s.R * s.S, 4);
        }
    }

    private static void BackwardFilter(KernelCheckRun run, bool tiled)
    {
        foreach (var s in Sizes.Append(ConvSizes.Create([4, 3, 9, 9], [5, 3, 3, 3], (1, 1), (1, 1), (1, 1), 1)))
        {
            Begin(run, s, false);
            float[] x = run.Random.Floats(s.Input.Count), dy = run.Random.Floats(s.Output.Count);
            var (chunk, chunks) = ConvKernels.FilterChunks(s);
            long count = s.Filter.Count;
            var partial = run.Output<float>("partial", count * chunks);
            var (xs, dys) = (run.Input("x", x), run.Input("dy", dy));
            if (tiled)
                run.Launch(ConvKernels.TiledBackwardFilter, ConvKernels.TiledFilterShape(s, chunks), new(xs, dys, partial, s, chunk, chunks));
            else
                run.Launch(ConvKernels.BackwardFilter, ConvKernels.FilterShape(s, chunks), new(xs, dys, partial, s, chunk));
            var expected = new double[count * chunks];
            foreach (var (i, ix, iw) in Products(s))
                expected[i / s.K / chunk * count + iw] += (double)dy[i] * x[ix];
            run.Expect(partial, expected, 8 + chunk, 4);
        }
    }

    private static readonly PoolSizes[] Windows =
    [
        PoolSizes.Create("pool", PoolMode.Average, [1, 1, 1, 1], (1, 1), (1, 1), (0, 0), false, false),
        PoolSizes.Create("pool", PoolMode.Average, [2, 3, 8, 6], (2, 2), (2, 2), (0, 0), false, false),
        PoolSizes.Create("pool", PoolMode.Average, [1, 5, 7, 9], (3, 3), (2, 2), (1, 1), false, false),
        PoolSizes.Create("pool", PoolMode.Average, [1, 5, 7, 9], (3, 3), (2, 2), (1, 1), true, true),
        PoolSizes.Create("pool", PoolMode.Average, [2, 2, 6, 5], (3, 2), (1, 3), (1, 0), true, false),
    ];

    private static readonly PoolSizes[] Adaptive =
        [PoolSizes.Adaptive([2, 3, 7, 5], (1, 1)), PoolSizes.Adaptive([1, 4, 7, 10], (3, 4)), PoolSizes.Adaptive([1, 2, 2, 3], (5, 4))];

    private static void Begin(KernelCheckRun run, in PoolSizes s, bool accumulate) => run.Begin(
        $"input {s.Input}, output {s.Output}, window {s.R}x{s.S}, stride {s.StrideH}x{s.StrideW}, padding "
            + $"{s.PadH}x{s.PadW}{(s.CountIncludePad ? " counted" : "")}{(accumulate ? ", accumulate" : "")}");

    // Every element of every window in row-major order: index of the output, of the input, and the divisor.
    private static IEnumerable<(int Y, int X, int Divisor)> Members(PoolSizes s)
    {
        for (int y = 0; y < s.Output.Count; y++)
        {
            int c = y % s.C, q = y / s.C % s.Q, p = y / s.C / s.Q % s.P, n = y / s.C / s.Q / s.P;
            var (rows, columns) = (s.Rows(p), s.Columns(q));
            for (int h = rows.Start; h < rows.End; h++)
            {
                for (int w = columns.Start; w < columns.End; w++)
                    yield return (y, ((n * s.H + h) * s.W + w) * s.C + c, rows.Divisor * columns.Divisor);
            }
        }
    }

    // Few distinct values, so that ties are common, and a NaN.
    private static float[] Ties(KernelCheckRun run, long count)
    {
        float[] x = [.. run.Random.Integers(count, 5).Select(v => v - 2.0f)];
        if (count > 20)
            (x[4], x[11]) = (float.NaN, float.NegativeInfinity);
        return x;
    }

    // The first largest element of every window; NaN is larger than any number.
    private static int[] FirstLargest(PoolSizes s, float[] x)
    {
        var best = new int[s.Output.Count];
        Array.Fill(best, -1);
        foreach (var (y, ix, _) in Members(s))
        {
            if (best[y] < 0 || x[ix] > x[best[y]] || float.IsNaN(x[ix]) && !float.IsNaN(x[best[y]]))
                best[y] = ix;
        }

        return best;
    }

    private static void PoolForward(KernelCheckRun run, bool max)
    {
        foreach (var s in max ? Windows : [.. Windows, .. Adaptive])
        {
            Begin(run, s, false);
            float[] x = max ? Ties(run, s.Input.Count) : run.Random.Floats(s.Input.Count);
            var y = run.Output<float>("y", s.Output.Count);
            run.Launch(max ? ConvKernels.MaxPool : ConvKernels.AveragePool, ConvKernels.PoolingShape(s.Output), new(run.Input("x", x), y, s));
            var expected = new double[s.Output.Count];
            if (max)
            {
                expected = [.. FirstLargest(s, x).Select(i => (double)x[i])];
            }
            else
            {
                foreach (var (i, ix, divisor) in Members(s))
                    expected[i] += x[ix] / (double)divisor;
            }

            run.Expect(y, expected, max ? 0 : 40, max ? 0 : 1);
        }
    }

    private static void MaxPoolBackward(KernelCheckRun run)
    {
        foreach (var s in Windows)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                Begin(run, s, accumulate);
                float[] x = Ties(run, s.Input.Count), dy = run.Random.Floats(s.Output.Count), before = run.Random.Floats(s.Input.Count);
                var best = FirstLargest(s, x);
                var dx = run.Target("dx", before, accumulate);
                float[] y = [.. best.Select(i => x[i])];
                run.Launch(ConvKernels.MaxPoolGradient, ConvKernels.PoolingShape(s.Input),
                    new(run.Input("x", x), run.Input("y", y), run.Input("dy", dy), dx, s, accumulate ? 1 : 0));
                double[] expected = [.. before.Select(v => accumulate ? (double)v : 0)];
                for (int i = 0; i < best.Length; i++)
                    expected[best[i]] += dy[i];
                run.Expect(dx, expected, 8, 4);
            }
        }
    }

    private static void AveragePoolBackward(KernelCheckRun run)
    {
        foreach (var s in (PoolSizes[])[.. Windows, .. Adaptive])
        {
            bool accumulate = s.N == 2;
            Begin(run, s, accumulate);
            float[] dy = run.Random.Floats(s.Output.Count), before = run.Random.Floats(s.Input.Count);
            var dx = run.Target("dx", before, accumulate);
            run.Launch(ConvKernels.AveragePoolGradient, ConvKernels.PoolingShape(s.Input), new(run.Input("dy", dy), dx, s, accumulate ? 1 : 0));
            double[] expected = [.. before.Select(v => accumulate ? (double)v : 0)];
            foreach (var (i, ix, divisor) in Members(s))
                expected[ix] += dy[i] / (double)divisor;
            run.Expect(dx, expected, 40, 1);
        }
    }
}
