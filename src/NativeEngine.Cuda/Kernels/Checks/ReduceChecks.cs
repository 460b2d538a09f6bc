namespace NativeEngine.Cuda.Kernels.Checks;

internal static class ReduceChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(ReduceKernels.Sum, run => Reduce(run, false)),
        new(ReduceKernels.Max, run => Reduce(run, true)),
        new(ReduceKernels.MaxBackward, MaxBackward),
        new(ReduceKernels.TopK, TopK),
        new(ReduceKernels.TopKBackward, TopKBackward),
    ];

    // Extents and which dimensions are reduced: all, rows, columns, the middle, every second, nothing in it; long enough for several chunks.
    private static readonly (int[] Extents, bool[] Reduced)[] Cases =
    [
        ([1], [true]),
        ([5, 33], [false, true]),
        ([33, 5], [true, false]),
        ([3, 70, 5], [false, true, false]),
        ([2, 3, 4, 5], [true, false, true, false]),
        ([9001], [true]),
        ([3000, 3], [true, false]),
        ([4, 0, 2], [false, true, false]),
    ];

    /// <summary>A reduction by its plan: one launch, or chunks into scratch and a launch that combines them.</summary>
    public static void Launch(KernelCheckRun run, StridedView kept, StridedView reduced, double scale, bool accumulate, CheckBuffer<float> target,
        Kernel<ReduceKernels.Reduce> combine, Action<CheckBuffer<float>, LaunchShape, ReductionShape> first)
    {
        bool keptInnermost = kept.Count > 1 && (reduced.Count <= 1 || Innermost(kept) < Innermost(reduced));
        var plan = ReducePlan.Create(kept.Count, reduced.Count, keptInnermost);
        if (plan.Chunks == 1)
        {
            first(target, plan.First, plan.FirstShape(scale, accumulate));
            return;
        }

        var scratch = run.Output<float>("scratch", plan.ScratchCount);
        first(scratch, plan.First, plan.FirstShape(scale, accumulate));
        var (keptWalk, reducedWalk) = plan.SecondWalks();
        run.Launch(combine, plan.Second, new(scratch, target, keptWalk, reducedWalk, plan.SecondShape(scale, accumulate)));
    }

    private static long Innermost(StridedView view) => view.C.Concat(view.A).Where(s => s != 0).DefaultIfEmpty(long.MaxValue).Min();

    private static (StridedView Kept, StridedView Reduced, int Count) Split(int[] extents, bool[] reduced)
    {
        var dense = StridedView.Dense(extents, new bool[extents.Length]);
        var view = new StridedView(extents, dense, new long[extents.Length], new long[extents.Length]);
        return (view.Only([.. Enumerable.Range(0, extents.Length).Where(d => !reduced[d])]),
            view.Only([.. Enumerable.Range(0, extents.Length).Where(d => reduced[d])]), (int)view.Count);
    }

    private static void Reduce(KernelCheckRun run, bool max)
    {
        foreach (var (extents, mask) in Cases)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                run.Begin($"[{string.Join(',', extents)}] over [{string.Join(',', mask)}]{(accumulate ? ", accumulate" : "")}");
                var (kept, reduced, count) = Split(extents, mask);
                var x = run.Random.Floats(count);
                if (max && count > 100)
                    x[count / 2] = float.NaN;
                var before = run.Random.Floats(kept.Count);
                var y = run.Target("y", before, accumulate);
                double scale = max ? 1 : 0.25;
                var kernel = max ? ReduceKernels.Max : ReduceKernels.Sum;
                var input = run.Input("x", x);
                Launch(run, kept, reduced, scale, accumulate, y, kernel,
                    (to, shape, r) => run.Launch(kernel, shape, new(input, to, kept.Walk(), reduced.Walk(), r)));

                double[] expected = new double[kept.Count], sizes = new double[kept.Count];
                for (int k = 0; k < expected.Length; k++)
                {
                    double result = max ? double.NegativeInfinity : 0;
                    for (int r = 0; r < reduced.Count; r++)
                    {
                        double v = x[kept.At(kept.A, k) + reduced.At(reduced.A, r)];
                        result = max ? Math.Max(result, v) : result + v;
                        sizes[k] += max ? 0 : Math.Abs(v) * scale;
                    }

                    expected[k] = result * scale + (accumulate ? before[k] : 0);
                    sizes[k] += accumulate ? Math.Abs(before[k]) : 0;
                }

                run.Expect(y, expected, 12, sizes);
            }
        }
    }

    private static void MaxBackward(KernelCheckRun run)
    {
        foreach (var (extents, mask) in Cases)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                run.Begin($"[{string.Join(',', extents)}] over [{string.Join(',', mask)}]{(accumulate ? ", accumulate" : "")}");
                var (kept, reduced, count) = Split(extents, mask);
                float[] x = [.. run.Random.Integers(count, 7).Select(v => v - 3.0f)], dy = run.Random.Floats(kept.Count), before = run.Random.Floats(count);
                if (count > 20)
                    (x[3], x[7]) = (float.NaN, float.NaN);
                var dx = run.Target("dx", before, accumulate);
                run.Launch(ReduceKernels.MaxBackward, LaunchShape.Rows(kept.Count, reduced.Count),
                    new(run.Input("x", x), run.Input("dy", dy), dx, kept.Walk(), reduced.Walk(), kept.Count, reduced.Count, accumulate ? 1 : 0));
                double[] expected = [.. before.Select(v => accumulate ? (double)v : 0)];
                for (int k = 0; k < kept.Count && reduced.Count > 0; k++)
                {
                    long best = -1;
                    for (int r = 0; r < reduced.Count; r++)
                    {
                        long at = kept.At(kept.A, k) + reduced.At(reduced.A, r);
                        if (best < 0 || x[at] > x[best] || float.IsNaN(x[at]) && !float.IsNaN(x[best]))
                            best = at;
                    }

                    expected[best] += dy[k];
                }

                run.Expect(dx, expected, 1, accumulate ? 2 : 0);
            }
        }
    }

    private static readonly (int Rows, int Columns, int K)[] TopKCases = [(1, 1, 1), (3, 10, 1), (4, 10, 10), (2, 33, 5), (3, 1000, 5), (1, 300, 1)];

    private static void TopK(KernelCheckRun run)
    {
        foreach (var (rows, n, k) in TopKCases)
        {
            foreach (bool ties in (bool[])[false, true])
            {
                run.Begin($"[{rows},{n}], k = {k}{(ties ? ", ties and NaN" : "")}");
                float[] x = ties ? [.. run.Random.Integers((long)rows * n, 4).Select(v => v - 2.0f)] : run.Random.Floats((long)rows * n);
                if (ties && n > 5)
                    (x[2], x[4], x[5]) = (float.NaN, float.NaN, float.NegativeInfinity);
                CheckBuffer<float>? values = k == 1 ? null : run.Output<float>("values", rows * k); // arg-max wants no values
                var index = run.Output<int>("index", rows * k);
                run.Launch(ReduceKernels.TopK, LaunchShape.Rows(rows, n), new(run.Input("x", x), values, index, rows, n, k));
                int[] order = [.. Enumerable.Range(0, rows).SelectMany(r => Enumerable.Range(0, n)
                    .OrderByDescending(i => float.IsNaN(x[r * n + i])).ThenByDescending(i => x[r * n + i]).ThenBy(i => i).Take(k))];
                run.ExpectExactly(index, order);
                if (values is not null)
                    run.Expect(values, [.. order.Select((i, j) => (double)x[j / k * n + i])], 0);
            }
        }
    }

    private static void TopKBackward(KernelCheckRun run)
    {
        foreach (var (rows, n, k) in TopKCases)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                run.Begin($"[{rows},{n}], k = {k}{(accumulate ? ", accumulate" : "")}");
                int[] index = [.. Enumerable.Range(0, rows)
                    .SelectMany(_ => Enumerable.Range(0, n).Select(i => (Key: run.Random.Below(1 << 20), i)).OrderBy(p => p).Take(k).Select(p => p.i))];
                float[] dy = run.Random.Floats((long)rows * k), before = accumulate ? run.Random.Floats((long)rows * n) : new float[rows * n];
                var dx = run.InOut("dx", before); // overwriting expects zeros
                run.Launch(ReduceKernels.TopKBackward, LaunchShape.Elements((long)rows * k),
                    new(run.Input("index", index), run.Input("dy", dy), dx, rows, n, k, accumulate ? 1 : 0));
                double[] expected = [.. before.Select(v => (double)v)];
                for (int i = 0; i < index.Length; i++)
                    expected[i / k * n + index[i]] += dy[i];
                run.Expect(dx, expected, 1, accumulate ? 2 : 0);
            }
        }
    }
}
