using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

internal static class OptimChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(OptimKernels.Sgd, Sgd),
        new(OptimKernels.Adam, Adam),
        new(OptimKernels.GradNormKernel, GradNorm),
        new(OptimKernels.GradNormFinishKernel, GradNormFinish),
    ];

    // Parameter sizes: tails, one longer than a chunk, an empty one.
    private static readonly int[] Sizes = [3, 5000, 0, 64, 1];

    private sealed record Slot(float[] Param, float[] Grad, float[][] State, float WeightDecay, float LrScale)
    {
        public CheckBuffer<float> ParamBuffer { get; set; } = null!;

        public CheckBuffer<float>[] StateBuffers { get; set; } = [];
    }

    private static Slot[] MakeSlots(KernelCheckRun run, int states) =>
        [.. Sizes.Select((n, i) => new Slot(run.Random.Floats(n), run.Random.Floats(n), [.. Enumerable.Range(0, states).Select(_ => run.Random.Floats(n, 0.01f, 1))], i % 2 * 0.05f, i == 1 ? 0.5f : 1))];

    // Uploads the slots and their table; absent state has address 0.
    private static (CheckBuffer<OptimKernels.TableRow> Table, long Chunks) Upload(KernelCheckRun run, Slot[] slots)
    {
        var rows = new OptimKernels.TableRow[slots.Length];
        long chunks = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            var s = slots[i];
            s.ParamBuffer = run.InOut($"param[{i}]", s.Param);
            s.StateBuffers = [.. s.State.Select((v, k) => run.InOut($"state{k + 1}[{i}]", v))];
            ulong State(int k) => k < s.StateBuffers.Length ? s.StateBuffers[k].Address : 0;
            rows[i] = new(s.ParamBuffer.Address, run.Input($"grad[{i}]", s.Grad).Address, State(0), State(1), State(2), s.Param.Length, chunks, s.WeightDecay, s.LrScale);
            chunks = OptimKernels.NextChunk(chunks, s.Param.Length);
        }

        return (run.Input("slots", rows), chunks);
    }

    private static void Sgd(KernelCheckRun run)
    {
        foreach (var (momentum, nesterov, step, clip, misalign) in ((double, bool, long, double, bool)[])
            [(0, false, 1, 0, false), (0.9, false, 1, 0, false), (0.9, false, 2, 1.5, false), (0.9, true, 3, 0, true)])
        {
            run.Begin($"momentum {momentum}, nesterov {nesterov}, step {step}, clip {clip}", misalign);
            var args = new OptimizerArgs(OptimizerRule.Sgd, 0.1, step) { Momentum = momentum, Dampening = 0.125, Nesterov = nesterov, ClipNorm = clip };
            var slots = MakeSlots(run, momentum == 0 ? 0 : 1);
            var (table, chunks) = Upload(run, slots);
            float[] norm = [40, 0];
            CheckBuffer<float>? norms = clip > 0 ? run.Input("norm", norm) : null;
            run.Launch(OptimKernels.Sgd, OptimKernels.Shape(chunks), new(table, slots.Length, chunks, OptimKernels.Chunk, OptimKernels.SgdSettings.From(args), norms));
            double factor = clip > 0 ? Math.Min(1, clip / (norm[0] + 1e-6)) : 1;
            foreach (var s in slots)
            {
                double[] param = new double[s.Param.Length], state = new double[s.Param.Length];
                for (int i = 0; i < param.Length; i++)
                {
                    double g = s.Grad[i] * factor + s.WeightDecay * s.Param[i], v = g;
                    if (momentum != 0)
                    {
                        v = state[i] = step == 1 ? g : (float)momentum * s.State[0][i] + (1 - 0.125) * g;
                        v = nesterov ? g + (float)momentum * v : v;
                    }

                    param[i] = s.Param[i] - 0.1f * s.LrScale * v;
                }

                run.Expect(s.ParamBuffer, param, 8, 0.5);
                if (momentum != 0)
                    run.Expect(s.StateBuffers[0], state, 6, 1);
            }
        }
    }

    private static void Adam(KernelCheckRun run)
    {
        foreach (var (rule, amsgrad, step, clip, misalign) in ((OptimizerRule, bool, long, double, bool)[])
            [(OptimizerRule.Adam, false, 1, 0, false), (OptimizerRule.AdamW, false, 7, 2, false), (OptimizerRule.Adam, true, 100, 0, true), (OptimizerRule.AdamW, true, 2, 0, false)])
        {
            run.Begin($"{rule}{(amsgrad ? " amsgrad" : "")}, step {step}, clip {clip}", misalign);
            var args = new OptimizerArgs(rule, 0.01, step) { Beta1 = 0.9, Beta2 = 0.99, Eps = 1e-6, AmsGrad = amsgrad, ClipNorm = clip };
            var slots = MakeSlots(run, amsgrad ? 3 : 2);
            var (table, chunks) = Upload(run, slots);
            float[] norm = [30, 0];
            CheckBuffer<float>? norms = clip > 0 ? run.Input("norm", norm) : null;
            run.Launch(OptimKernels.Adam, OptimKernels.Shape(chunks), new(table, slots.Length, chunks, OptimKernels.Chunk, OptimKernels.AdamSettings.From(args), norms));
            double factor = clip > 0 ? Math.Min(1, clip / (norm[0] + 1e-6)) : 1;
            foreach (var s in slots)
            {
                int n = s.Param.Length;
                double[] param = new double[n], m = new double[n], v = new double[n], top = new double[n];
                for (int i = 0; i < n; i++)
                {
                    double lr = 0.01 * s.LrScale, p = s.Param[i], g = s.Grad[i] * factor;
                    if (rule == OptimizerRule.AdamW)
                        p -= lr * s.WeightDecay * p;
                    else
                        g += s.WeightDecay * p;
                    m[i] = 0.9 * s.State[0][i] + 0.1 * g;
                    v[i] = 0.99 * s.State[1][i] + 0.01 * g * g;
                    top[i] = amsgrad ? Math.Max(s.State[2][i], v[i]) : v[i];
                    param[i] = p - lr / (1 - Math.Pow(0.9, step)) * m[i] / (Math.Sqrt(top[i]) / Math.Sqrt(1 - Math.Pow(0.99, step)) + 1e-6);
                }

                run.Expect(s.ParamBuffer, param, 12, 0.5);
                run.Expect(s.StateBuffers[0], m, 8, 1);
                run.Expect(s.StateBuffers[1], v, 8);
                if (amsgrad)
                    run.Expect(s.StateBuffers[2], top, 8);
            }
        }
    }

    private static void GradNorm(KernelCheckRun run)
    {
        run.Begin("five parameters, some values not finite");
        var slots = MakeSlots(run, 0);
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
            run.Launch(OptimKernels.GradNormFinishKernel, new LaunchShape(1, 1, 1, Kernel.MaxBlock), new(run.Input("squares", squares), run.Input("bad", bad), chunks, norm));
            run.Expect(norm, [Math.Sqrt(squares.Sum()), bad.Sum()], 2);
        }
    }
}
