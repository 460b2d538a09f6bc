using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

internal static class ElementwiseChecks
{
    // Below a vector, a whole vector, several blocks with a tail; the last once more without 16-byte alignment.
    private static readonly (int Count, bool Misalign)[] Sizes = [(1, false), (3, false), (4, false), (1027, false), (263, true)];

    private static readonly float[] Edges = [0, -0.0f, 1, -1, 3, -3, 0.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f, -2.5f];

    public static IEnumerable<KernelCheck> All =>
    [
        .. Enum.GetValues<UnaryOp>().SelectMany(op => new KernelCheck[]
        {
            new(ElementwiseKernels.Forward(op), run => UnaryForward(run, op)),
            new(ElementwiseKernels.Backward(op), run => UnaryBackward(run, op)),
        }),
        .. Enum.GetValues<BinaryOp>().SelectMany(op => new KernelCheck[]
        {
            new(ElementwiseKernels.Forward(op), run => BinaryForward(run, op)),
            new(ElementwiseKernels.ForwardStrided(op), run => BinaryForwardStrided(run, op)),
            new(ElementwiseKernels.Backward(op, Operand.Left), run => BinaryBackward(run, op, Operand.Left)),
            new(ElementwiseKernels.Backward(op, Operand.Right), run => BinaryBackward(run, op, Operand.Right)),
        }),
        new(ElementwiseKernels.Dropout, Dropout),
    ];

    private static void UnaryForward(KernelCheckRun run, UnaryOp op)
    {
        var reference = UnaryReference.For(op);
        foreach (var (count, misalign) in Sizes)
        {
            run.Begin($"{count} elements", misalign);
            var x = run.Random.Floats(count, reference.Low, reference.High);
            if (count > 100)
                Edges.CopyTo(x, 0);
            var y = run.Output<float>("y", count);
            run.Launch(ElementwiseKernels.Forward(op), LaunchShape.Elements(count, 4), new(run.Input("x", x), y, count, reference.A, reference.B));
            run.Expect(y, [.. x.Select(v => reference.Value(v, reference.A, reference.B))], reference.Roundings,
                [.. x.Select(v => Finite(reference.Scale(v)))]);
        }
    }

    private static void UnaryBackward(KernelCheckRun run, UnaryOp op)
    {
        var reference = UnaryReference.For(op);
        foreach (var (count, misalign) in Sizes)
        {
            bool accumulate = count % 2 == 1;
            run.Begin($"{count} elements{(accumulate ? ", accumulate" : "")}", misalign);
            var x = run.Random.Floats(count, reference.Low, reference.High);
            if (count > 100 && op is not (UnaryOp.Log or UnaryOp.Pow))
                Edges.Where(v => float.IsNormal(v) && v >= reference.Low || v == 0).ToArray().CopyTo(x, 0);
            float[] saved = op.Saves() == SavedOperand.Output ? [.. x.Select(v => (float)reference.Value(v, reference.A, reference.B))] : x;
            float[] dy = run.Random.Floats(count), before = run.Random.Floats(count);
            var dx = run.Target("dx", before, accumulate);
            var kept = op.Saves() == SavedOperand.None ? null : run.Input("saved", saved);
            run.Launch(ElementwiseKernels.Backward(op), LaunchShape.Elements(count, 4),
                new(kept, run.Input("dy", dy), dx, count, reference.A, reference.B, accumulate ? 1 : 0));
            var expected = new double[count];
            var scales = new double[count];
            for (int i = 0; i < count; i++)
            {
                expected[i] = dy[i] * reference.Slope(saved[i], reference.A, reference.B) + (accumulate ? before[i] : 0);
                scales[i] = Math.Abs(dy[i]) * reference.Scale(x[i]) + (accumulate ? Math.Abs(before[i]) : 0);
            }

            run.Expect(dx, expected, reference.Roundings + 4, scales);
        }
    }

    private static double Value(BinaryOp op, double a, double b) => op switch
    {
        BinaryOp.Add => a + b,
        BinaryOp.Sub => a - b,
        BinaryOp.Mul => a * b,
        BinaryOp.Div => a / b,
        BinaryOp.Max => Math.Max(a, b),
        BinaryOp.Min => Math.Min(a, b),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no reference for this function"),
    };

    // The derivative by one operand; a tie of max or min belongs to the left one.
    private static double Slope(BinaryOp op, Operand side, double a, double b) => (op, side) switch
    {
        (BinaryOp.Add, _) or (BinaryOp.Sub, Operand.Left) => 1,
        (BinaryOp.Sub, _) => -1,
        (BinaryOp.Mul, Operand.Left) => b,
        (BinaryOp.Mul, _) => a,
        (BinaryOp.Div, Operand.Left) => 1 / b,
        (BinaryOp.Div, _) => -a / (b * b),
        (BinaryOp.Max, Operand.Left) => a >= b ? 1 : 0,
        (BinaryOp.Max, _) => a >= b ? 0 : 1,
        (BinaryOp.Min, Operand.Left) => a <= b ? 1 : 0,
        (BinaryOp.Min, _) => a <= b ? 0 : 1,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no reference for this function"),
    };

    private static void BinaryForward(KernelCheckRun run, BinaryOp op)
    {
        foreach (var (count, misalign) in Sizes)
        {
            run.Begin($"{count} elements", misalign);
            float[] a = run.Random.Floats(count), b = run.Random.Floats(count);
            if (count > 100)
            {
                Edges.CopyTo(a, 0);
                Edges.Reverse().ToArray().CopyTo(b, 0);
            }

            var y = run.Output<float>("y", count);
            run.Launch(ElementwiseKernels.Forward(op), LaunchShape.Elements(count, 4), new(run.Input("a", a), run.Input("b", b), y, count));
            run.Expect(y, [.. a.Zip(b, (u, v) => Value(op, u, v))], 2);
        }
    }

    private static void BinaryForwardStrided(KernelCheckRun run, BinaryOp op)
    {
        foreach (var (extents, broadcastA, broadcastB) in BroadcastCases)
        {
            var (view, a, b) = Operands(run, op, extents, broadcastA, broadcastB);
            var y = run.Output<float>("y", view.Count);
            run.Launch(ElementwiseKernels.ForwardStrided(op), LaunchShape.Elements(view.Count),
                new(run.Input("a", a), run.Input("b", b), y, KernelWalk.Create(extents, view.A, view.B), view.Count));
            run.Expect(y, [.. Enumerable.Range(0, (int)view.Count).Select(i => Value(op, a[view.At(view.A, i)], b[view.At(view.B, i)]))], 2);
        }
    }

    private static void BinaryBackward(KernelCheckRun run, BinaryOp op, Operand side)
    {
        foreach (bool accumulate in (bool[])[false, true])
        {
            foreach (var (extents, broadcastA, broadcastB) in BroadcastCases)
            {
                var (view, a, b) = Operands(run, op, extents, broadcastA, broadcastB);
                var broadcast = side == Operand.Left ? broadcastA : broadcastB;
                int[] kept = [.. Enumerable.Range(0, extents.Length).Where(d => !broadcast[d])],
                    reduced = [.. Enumerable.Range(0, extents.Length).Where(d => broadcast[d])];
                var (keptView, reducedView) = (view.Only(kept), view.Only(reduced));
                var dy = run.Random.Floats(view.Count);
                var before = run.Random.Floats(keptView.Count);
                var target = run.Target("d", before, accumulate);
                ReduceChecks.Launch(run, keptView, reducedView, 1, accumulate, target, ReduceKernels.Sum, (to, shape, r) =>
                    run.Launch(ElementwiseKernels.Backward(op, side), shape,
                        new(run.Input("a", a), run.Input("b", b), run.Input("dy", dy), to, keptView.Walk(), reducedView.Walk(), r)));

                double[] expected = new double[keptView.Count], scales = new double[keptView.Count];
                for (int k = 0; k < expected.Length; k++)
                {
                    for (int r = 0; r < reducedView.Count; r++)
                    {
                        var (ia, ib, ic) = (keptView.At(keptView.A, k) + reducedView.At(reducedView.A, r),
                            keptView.At(keptView.B, k) + reducedView.At(reducedView.B, r), keptView.At(keptView.C, k) + reducedView.At(reducedView.C, r));
                        double term = dy[ic] * Slope(op, side, a[ia], b[ib]);
                        expected[k] += term;
                        scales[k] += Math.Abs(term);
                    }

                    if (accumulate)
                        (expected[k], scales[k]) = (expected[k] + before[k], scales[k] + Math.Abs(before[k]));
                }

                run.Expect(target, expected, 8, scales);
            }
        }
    }

    // Extents, and where a and b repeat.
    private static readonly (int[] Extents, bool[] A, bool[] B)[] BroadcastCases =
    [
        ([1], [false], [true]),
        ([5, 37], [false, false], [true, false]),
        ([5, 37], [true, false], [false, true]),
        ([3, 50, 7], [false, true, false], [true, false, false]),
        ([2, 700], [true, true], [false, true]),
        ([2, 3, 2, 3, 2, 3], [false, true, false, true, false, true], [true, false, false, false, true, false]),
    ];

    private static (StridedView View, float[] A, float[] B) Operands(KernelCheckRun run, BinaryOp op, int[] extents, bool[] broadcastA, bool[] broadcastB)
    {
        run.Begin($"[{string.Join(',', extents)}], a repeats in [{Where(broadcastA)}], b in [{Where(broadcastB)}]");
        var view = new StridedView(extents, StridedView.Dense(extents, broadcastA), StridedView.Dense(extents, broadcastB),
            StridedView.Dense(extents, new bool[extents.Length]));
        // A divisor near 0 would only test the size of infinity.
        float[] a = run.Random.Floats(StridedView.DenseCount(extents, broadcastA)),
            b = op == BinaryOp.Div ? run.Random.Floats(StridedView.DenseCount(extents, broadcastB), 0.5f, 3)
                : run.Random.Floats(StridedView.DenseCount(extents, broadcastB));
        b[0] = op == BinaryOp.Div ? b[0] : a[0]; // a tie
        return (view, a, b);
    }

    private static string Where(bool[] mask) => string.Join(',', Enumerable.Range(0, mask.Length).Where(d => mask[d]));

    private static void Dropout(KernelCheckRun run)
    {
        foreach (var (count, misalign) in Sizes)
        {
            bool accumulate = count % 2 == 1;
            double p = count == 4 ? 0 : 0.3;
            run.Begin($"{count} elements, p = {p}{(accumulate ? ", accumulate" : "")}", misalign);
            var key = new PhiloxKey(run.Seed, RandomStream.Dropout + 3, (uint)run.Cases);
            float[] x = run.Random.Floats(count), before = run.Random.Floats(count);
            x[0] = float.PositiveInfinity;
            var y = run.Target("y", before, accumulate);
            run.Launch(ElementwiseKernels.Dropout, LaunchShape.Elements(count, 4),
                new(run.Input("x", x), y, count, ElementwiseKernels.DropoutThreshold(p), (float)(1 / (1 - p)), key, accumulate ? 1 : 0));
            run.Expect(y, [.. x.Select((v, i) => (Philox.Uniform(key, (ulong)i) >= p ? v / (1 - p) : 0) + (accumulate ? before[i] : 0))], 4,
                accumulate ? 4 : 0);
        }
    }

    private static double Finite(double scale) => double.IsFinite(scale) ? scale : 0;
}
