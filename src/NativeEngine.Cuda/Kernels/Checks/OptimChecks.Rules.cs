using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

internal static partial class OptimChecks
{
    private const double Lr = 0.01;

    // A rule with settings, the gradient norm it is given (0: none) and the states it takes.
    private sealed record Rule(OptimizerArgs Args, float Norm, bool Misalign, params int[] States);

    private static Rule[] Rules =>
    [
        new(new(OptimizerRule.Sgd, Lr, 1), 0, false),
        new(Args(OptimizerRule.Sgd, 1) with { Momentum = 0.875, Dampening = 0.125 }, 0, false, 1),
        new(Args(OptimizerRule.Sgd, 2) with { Momentum = 0.875, Dampening = 0.125, ClipNorm = 1.5 }, 40, false, 1),
        new(Args(OptimizerRule.Sgd, 3) with { Momentum = 0.875, Nesterov = true }, 0, true, 1),
        new(Args(OptimizerRule.Adam, 1), 0, false, 1, 2),
        new(Args(OptimizerRule.AdamW, 7) with { ClipNorm = 2 }, 30, false, 1, 2),
        new(Args(OptimizerRule.Adam, 100) with { AmsGrad = true }, 0, true, 1, 2, 3),
        new(Args(OptimizerRule.AdamW, 2) with { AmsGrad = true }, 0, false, 1, 2, 3),
        new(Args(OptimizerRule.Moments, 2) with { GradFactor = 0.25, Adaptive = true }, 0, false, 1, 2),
        new(Args(OptimizerRule.Moments, 2) with { Decoupled = true, ClipNorm = 2 }, 30, true, 1, 2),
        new(Args(OptimizerRule.AdaBound, 2) with { LowerRate = 0.5, UpperRate = 2 }, 0, false, 1, 2),
        new(Args(OptimizerRule.AdaBound, 2) with { LowerRate = 0.5, UpperRate = 2, AmsGrad = true, Decoupled = true, ClipNorm = 2 }, 30, true, 1, 2, 3),
        new(Args(OptimizerRule.RmsProp, 2), 0, false, 1),
        new(Args(OptimizerRule.RmsProp, 2) with { Momentum = 0.875 }, 0, true, 1, 2),
        new(Args(OptimizerRule.RmsProp, 2) with { Centered = true, ClipNorm = 2 }, 30, false, 1, 3),
        new(Args(OptimizerRule.RmsProp, 2) with { Momentum = 0.875, Centered = true }, 0, false, 1, 2, 3),
        new(Args(OptimizerRule.Adagrad, 2), 0, false, 1),
        new(Args(OptimizerRule.Adagrad, 2) with { ClipNorm = 2 }, 30, true, 1),
        new(Args(OptimizerRule.Adadelta, 2), 0, false, 1, 2),
        new(Args(OptimizerRule.Adadelta, 2) with { ClipNorm = 2 }, 30, true, 1, 2),
        new(Args(OptimizerRule.SamAscend, 2) with { Rho = 0.5, ClipNorm = 2 }, 3, false, 1),
        new(Args(OptimizerRule.SamAscend, 2) with { Rho = 0.5, Adaptive = true }, 3, true, 1),
    ];

    private static OptimizerArgs Args(OptimizerRule rule, long step) =>
        new(rule, Lr, step) { Beta1 = 0.9, Beta2 = 0.99, Eps = 1e-6, MomentFactor = 1.5, RootFactor = 1.25 };

    private static void CheckRule(KernelCheckRun run, Rule[] rules)
    {
        foreach (var rule in rules)
        {
            var args = rule.Args;
            run.Begin($"{args}, norm {rule.Norm}", rule.Misalign);
            var slots = MakeSlots(run, rule.States);
            var (table, chunks) = Upload(run, slots);
            CheckBuffer<float>? norm = rule.Norm > 0 ? run.Input("norm", [rule.Norm, 0f]) : null;
            run.Launch(OptimKernels.For(args.Rule), OptimKernels.Shape(chunks),
                new(table, slots.Length, chunks, OptimKernels.Chunk, OptimKernels.StepSettings.From(args), norm));
            foreach (var slot in slots)
                ExpectStep(run, rule, slot);
        }
    }

    private static void ExpectStep(KernelCheckRun run, Rule rule, Slot slot)
    {
        int n = slot.Param.Length;
        double[] param = new double[n];
        double[][] states = [new double[n], new double[n], new double[n]];
        for (int i = 0; i < n; i++)
        {
            double At(int k) => slot.State[k].Length == n ? slot.State[k][i] : 0;
            var e = new Element(slot.Param[i], slot.Grad[i], At(0), At(1), At(2));
            Apply(rule, slot, ref e);
            (param[i], states[0][i], states[1][i], states[2][i]) = (e.P, e.A, e.B, e.C);
        }

        run.Expect(slot.ParamBuffer, param, 16, 0.5);
        for (int k = 0; k < 3; k++)
        {
            if (slot.StateBuffers[k] is { } buffer)
                run.Expect(buffer, states[k], 10, 1);
        }
    }

    private record struct Element(double P, double G, double A, double B, double C);

    // The formulas of OptimizerRule, in double.
    private static void Apply(Rule rule, Slot slot, ref Element e)
    {
        var args = rule.Args;
        double lr = Lr * slot.LrScale, clip = args.Rule != OptimizerRule.SamAscend && args.ClipNorm > 0 ? Math.Min(1, args.ClipNorm / (rule.Norm + 1e-6)) : 1;
        e.G *= clip;
        if (args.Decoupled || args.Rule == OptimizerRule.AdamW)
            e.P -= lr * slot.WeightDecay * e.P;
        else if (args.Rule != OptimizerRule.SamAscend)
            e.G += slot.WeightDecay * e.P;
        e.P -= args.Rule switch
        {
            OptimizerRule.Sgd => lr * SgdStep(args, ref e),
            OptimizerRule.Adam or OptimizerRule.AdamW =>
                lr / (1 - Math.Pow(0.9, args.Step)) * Moments(args, ref e, out double v) / (Math.Sqrt(v) / Math.Sqrt(1 - Math.Pow(0.99, args.Step)) + args.Eps),
            OptimizerRule.Moments => lr * (1.5 * Moments(args, ref e, out double v) + args.GradFactor * e.G) / (args.Adaptive
                ? 1.25 * Math.Sqrt(v) + args.Eps : 1),
            OptimizerRule.AdaBound => Moments(args, ref e, out double v) * Math.Clamp(1.5 * lr / (Math.Sqrt(v) + args.Eps), args.LowerRate * lr,
                args.UpperRate * lr),
            OptimizerRule.RmsProp => lr * RmsPropStep(args, ref e),
            OptimizerRule.Adagrad => lr * e.G / (Math.Sqrt(e.A += e.G * e.G) + args.Eps),
            OptimizerRule.Adadelta => lr * AdadeltaStep(args, ref e),
            OptimizerRule.SamAscend => -Ascent(args, rule.Norm, ref e),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), args.Rule, "no reference"),
        };
    }

    private static double SgdStep(in OptimizerArgs args, ref Element e)
    {
        if (args.Momentum == 0)
            return e.G;
        e.A = args.Step == 1 ? e.G : args.Momentum * e.A + (1 - args.Dampening) * e.G;
        return args.Nesterov ? e.G + args.Momentum * e.A : e.A;
    }

    private static double Moments(in OptimizerArgs args, ref Element e, out double second)
    {
        e.A = 0.9 * e.A + 0.1 * e.G;
        e.B = 0.99 * e.B + 0.01 * e.G * e.G;
        second = args.AmsGrad ? e.C = Math.Max(e.C, e.B) : e.B;
        return e.A;
    }

    private static double RmsPropStep(in OptimizerArgs args, ref Element e)
    {
        e.A = 0.99 * e.A + 0.01 * e.G * e.G;
        if (args.Centered)
            e.C = 0.99 * e.C + 0.01 * e.G;
        double update = e.G / (Math.Sqrt(e.A - e.C * e.C) + args.Eps);
        return args.Momentum == 0 ? update : e.B = args.Momentum * e.B + update;
    }

    private static double AdadeltaStep(in OptimizerArgs args, ref Element e)
    {
        e.A = 0.99 * e.A + 0.01 * e.G * e.G;
        double update = Math.Sqrt(e.B + args.Eps) / Math.Sqrt(e.A + args.Eps) * e.G;
        e.B = 0.99 * e.B + 0.01 * update * update;
        return update;
    }

    private static double Ascent(in OptimizerArgs args, float norm, ref Element e)
    {
        e.A = e.P;
        return args.Rho / (norm + 1e-12) * e.G * (args.Adaptive ? e.P * e.P : 1);
    }

    private static void LambDirection(KernelCheckRun run)
    {
        foreach (float norm in (float[])[0, 30])
        {
            var args = Args(OptimizerRule.Lamb, 2) with { ClipNorm = norm > 0 ? 2 : 0 };
            run.Begin($"norm {norm}", misalign: norm > 0);
            var slots = MakeSlots(run, 1, 2, 3);
            var (table, chunks) = Upload(run, slots);
            var squares = run.Output<double>("squares", 2 * chunks);
            run.Launch(OptimKernels.LambDirectionKernel, OptimKernels.Shape(chunks),
                new(table, slots.Length, chunks, OptimKernels.Chunk, OptimKernels.StepSettings.From(args), norm > 0 ? run.Input("norm", [norm, 0f]) : null,
                    squares));
            var sums = new List<(double P, double U)>();
            foreach (var slot in slots)
            {
                int n = slot.Param.Length;
                double[] m = new double[n], v = new double[n], u = new double[n];
                for (int i = 0; i < n; i++)
                {
                    var e = new Element(slot.Param[i], slot.Grad[i] * (norm > 0 ? 2 / (norm + 1e-6) : 1), slot.State[0][i], slot.State[1][i], 0);
                    u[i] = 1.5 * Moments(args, ref e, out v[i]) / (1.25 * Math.Sqrt(v[i]) + args.Eps) + slot.WeightDecay * e.P;
                    m[i] = e.A;
                }

                run.Expect(slot.ParamBuffer, [.. slot.Param.Select(p => (double)p)], 0);
                run.Expect(slot.StateBuffers[0]!, m, 10, 1);
                run.Expect(slot.StateBuffers[1]!, v, 10);
                run.Expect(slot.StateBuffers[2]!, u, 20, 1);
                sums.AddRange(slot.Param.Zip(u).Chunk(OptimKernels.Chunk)
                    .Select(c => (c.Sum(e => (double)e.First * e.First), c.Sum(e => e.Second * e.Second))));
            }

            var got = run.Read(squares);
            for (int i = 0; i < sums.Count; i++)
            {
                if (!(Math.Abs(got[2 * i] - sums[i].P) <= 1e-12 * sums[i].P && Math.Abs(got[2 * i + 1] - sums[i].U) <= 1e-5 * sums[i].U))
                    throw new KernelMismatchException($"squares of chunk {i} are {got[2 * i]:R} and {got[2 * i + 1]:R}, expected {sums[i].P:R} and "
                        + $"{sums[i].U:R}");
            }
        }
    }

    private static void LambTrust(KernelCheckRun run)
    {
        run.Begin("parameters of 0, 1, 3 and 700 chunks, one without a direction");
        int[] chunks = [1, 0, 3, 700, 1, 0];
        long first = 0;
        var rows = new OptimKernels.TableRow[chunks.Length];
        for (int i = 0; i < rows.Length; first += chunks[i++])
            rows[i] = new(0, 0, 0, 0, 0, chunks[i] * OptimKernels.Chunk, first, 0, 1);
        double[] squares = [.. run.Random.Floats(2 * first, 0.5f, 9).Select(v => (double)v)];
        squares[2 * first - 1] = 0;
        double[] expected = [.. rows.Select((r, i) =>
        {
            double p = 0, u = 0;
            for (long c = r.FirstChunk; c < r.FirstChunk + chunks[i]; c++)
                (p, u) = (p + squares[2 * c], u + squares[2 * c + 1]);
            return p > 0 && u > 0 ? Math.Sqrt(p / u) : 1;
        })];
        var trust = run.Output<float>("trust", rows.Length);
        run.Launch(OptimKernels.LambTrustKernel, OptimKernels.TrustShape(rows.Length),
            new(run.Input("slots", rows), rows.Length, first, run.Input("squares", squares), trust));
        run.Expect(trust, expected, 1.01);
    }

    private static void LambStep(KernelCheckRun run)
    {
        foreach (bool misalign in (bool[])[false, true])
        {
            run.Begin("trust for every parameter", misalign);
            var slots = MakeSlots(run, 3);
            var (table, chunks) = Upload(run, slots);
            float[] trust = run.Random.Floats(slots.Length, 0.5f, 4);
            run.Launch(OptimKernels.LambStepKernel, OptimKernels.Shape(chunks),
                new(table, slots.Length, chunks, OptimKernels.Chunk, OptimKernels.StepSettings.From(Args(OptimizerRule.Lamb, 2)), default,
                    run.Input("trust", trust)));
            foreach (var (slot, ratio) in slots.Zip(trust))
            {
                run.Expect(slot.ParamBuffer, [.. slot.Param.Zip(slot.State[2], (p, u) => p - Lr * slot.LrScale * ratio * u)], 4, 0.1);
                run.ExpectExactly(slot.StateBuffers[2]!, slot.State[2]);
            }
        }
    }
}
