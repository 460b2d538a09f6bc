namespace NativeEngine.Cuda.Kernels.Checks;

internal static partial class OptimChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        .. Rules.GroupBy(r => OptimKernels.For(r.Args.Rule)).Select(g => new KernelCheck(g.Key, run => CheckRule(run, [.. g]))),
        new(OptimKernels.LambDirectionKernel, LambDirection),
        new(OptimKernels.LambTrustKernel, LambTrust),
        new(OptimKernels.LambStepKernel, LambStep),
        new(OptimKernels.GradNormKernel, GradNorm),
        new(OptimKernels.GradNormFinishKernel, GradNormFinish),
    ];

    // Parameter sizes: tails, one longer than a chunk, an empty one.
    private static readonly int[] Sizes = [3, 5000, 0, 64, 1];

    private sealed record Slot(float[] Param, float[] Grad, float[][] State, float WeightDecay, float LrScale)
    {
        public CheckBuffer<float> ParamBuffer { get; set; } = null!;

        public CheckBuffer<float>?[] StateBuffers { get; set; } = [];
    }

    // Slots with the states of `states`, 1 to 3; the others are absent.
    private static Slot[] MakeSlots(KernelCheckRun run, params int[] states) =>
    [
        .. Sizes.Select((n, i) => new Slot(
            run.Random.Floats(n), run.Random.Floats(n),
                [.. Enumerable.Range(1, 3).Select(k => states.Contains(k) ? run.Random.Floats(n, 0.01f, k == 3 ? 0.05f : 1) : [])], i % 2 * 0.05f,
                    i == 1 ? 0.5f : 1)),
    ];

    // Uploads the slots and their table; absent state has address 0.
    private static (CheckBuffer<OptimKernels.TableRow> Table, long Chunks) Upload(KernelCheckRun run, Slot[] slots)
    {
        var rows = new OptimKernels.TableRow[slots.Length];
        long chunks = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            var s = slots[i];
            s.ParamBuffer = run.InOut($"param[{i}]", s.Param);
            s.StateBuffers = [.. s.State.Select((v, k) => v.Length == s.Param.Length ? run.InOut($"state{k + 1}[{i}]", v) : null)];
            ulong State(int k) => s.StateBuffers[k]?.Address ?? 0;
            rows[i] = new(s.ParamBuffer.Address, run.Input($"grad[{i}]", s.Grad).Address, State(0), State(1), State(2), s.Param.Length, chunks, s.WeightDecay,
                s.LrScale);
            chunks = OptimKernels.NextChunk(chunks, s.Param.Length);
        }

        return (run.Input("slots", rows), chunks);
    }

    private static void GradNorm(KernelCheckRun run)
    {
        run.Begin("five parameters, some values not finite");
        var slots = MakeSlots(run);
        (slots[1].Grad[7], slots[1].Grad[4999], slots[3].Grad[0], slots[3].Grad[1]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f);
        var (table, chunks) = Upload(run, slots);
        CheckBuffer<double> squares = run.Output<double>("squares", chunks), bad = run.Output<double>("bad", chunks);
        run.Launch(OptimKernels.GradNormKernel, OptimKernels.Shape(chunks), new(table, slots.Length, chunks, OptimKernels.Chunk, squares, bad));
        var parts = slots.SelectMany(s => s.Grad.Chunk(OptimKernels.Chunk)).ToArray();
        run.ExpectExactly(bad, [.. parts.Select(p => (double)p.Count(g => !float.IsFinite(g)))]);
        var got = run.Read(squares);
        for (int i = 0; i < got.Length; i++)
        {
            double expected = parts[i].Where(float.IsFinite).Sum(g => (double)g * g);
            if (!(Math.Abs(got[i] - expected) <= 1e-12 * expected))
                throw new KernelMismatchException($"squares[{i}] is {got[i]:R}, expected {expected:R}");
        }
    }

    private static void GradNormFinish(KernelCheckRun run)
    {
        foreach (int chunks in (int[])[0, 1, 700])
        {
            run.Begin($"{chunks} chunks");
            double[] squares = [.. run.Random.Floats(chunks, 0, 9).Select(v => (double)v)], bad = [.. run.Random.Integers(chunks, 3).Select(v => (double)v)];
            var norm = run.Output<float>("norm", 2);
            run.Launch(OptimKernels.GradNormFinishKernel, new LaunchShape(1, 1, 1, Kernel.MaxBlock),
                new(run.Input("squares", squares), run.Input("bad", bad), chunks, norm));
            run.Expect(norm, [Math.Sqrt(squares.Sum()), bad.Sum()], 2);
        }
    }
}
