using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private const int OptimizerSteps = 4;

    private static Shape[] ParameterShapes => [[7], [3, 5], [2, 3, 3, 3], [1031], [], [0]];

    private static IEnumerable<OpCase> Optimizers()
    {
        foreach (var args in new OptimizerArgs[]
                 {
                     new(OptimizerRule.Sgd, 0.1, 0), new(OptimizerRule.Sgd, 0.1, 0) { Momentum = 0.9 },
                         new(OptimizerRule.Sgd, 0.1, 0) { Momentum = 0.9, Dampening = 0.5 },
                     new(OptimizerRule.Sgd, 0.1, 0) { Momentum = 0.9, Nesterov = true }, new(OptimizerRule.Sgd, 0.1, 0) { Momentum = 0.9, ClipNorm = 0.5 },
                         new(OptimizerRule.Sgd, 0.1, 0) { ClipNorm = 1000 },
                     Adam(OptimizerRule.Adam), Adam(OptimizerRule.Adam) with { AmsGrad = true }, Adam(OptimizerRule.AdamW),
                         Adam(OptimizerRule.AdamW) with { AmsGrad = true, ClipNorm = 0.5 },
                     Moments(OptimizerRule.Moments) with { GradFactor = 0.2, Adaptive = true }, Moments(OptimizerRule.Moments) with { Decoupled = true },
                         Moments(OptimizerRule.Moments) with { AmsGrad = true, Adaptive = true, Decoupled = true, ClipNorm = 0.5 },
                     Moments(OptimizerRule.AdaBound) with { LowerRate = 0.3, UpperRate = 2 },
                         Moments(OptimizerRule.AdaBound) with { LowerRate = 0.3, UpperRate = 2, AmsGrad = true, Decoupled = true },
                     Adam(OptimizerRule.RmsProp), Adam(OptimizerRule.RmsProp) with { Momentum = 0.9 },
                         Adam(OptimizerRule.RmsProp) with { Momentum = 0.9, Centered = true, ClipNorm = 0.5 },
                     Adam(OptimizerRule.Adagrad), Adam(OptimizerRule.Adadelta) with { Eps = 1e-6 }, Moments(OptimizerRule.Lamb),
                         Moments(OptimizerRule.Lamb) with { ClipNorm = 0.5 },
                     Adam(OptimizerRule.SamAscend) with { Rho = 0.05 }, Adam(OptimizerRule.SamAscend) with { Rho = 0.5, Adaptive = true },
                 })
        {
            foreach (double decay in new[] { 0, 0.05 })
                yield return Optimizer(args, decay);
        }

        foreach (var args in new[]
                 {
                     new OptimizerArgs(OptimizerRule.Sgd, 0.1, 0) { Momentum = 0.9 }, Adam(OptimizerRule.Adam) with { AmsGrad = true },
                         Adam(OptimizerRule.AdamW) with { ClipNorm = 0.5 }, Moments(OptimizerRule.Moments) with { Adaptive = true },
                     Moments(OptimizerRule.AdaBound) with { UpperRate = 2 }, Adam(OptimizerRule.RmsProp) with { Momentum = 0.9 }, Adam(OptimizerRule.Adagrad),
                         Adam(OptimizerRule.Adadelta), Moments(OptimizerRule.Lamb),
                 })
            yield return Optimizer(args, 0.05, refused: true);

        yield return new OpCase("grad_norm", "several tensors", Tolerances.Reduce, [.. ParameterShapes.Select((s, i) => Normal($"grad.{i}", s).Constant())],
            (e, t) => [Optim.GradNorm(e, t)]);
        yield return new OpCase("grad_norm", "counts what is not finite", Tolerances.Reduce,
            [Given("grad.0", [5], 3, double.NaN, 4, double.PositiveInfinity, double.NegativeInfinity).Constant(), Given("grad.1", [1], 12).Constant()],
                (e, t) => [Optim.GradNorm(e, t)]);
        yield return new OpCase("grad_norm", "nothing", Tolerances.Reduce, [Normal("grad.0", [0]).Constant()], (e, t) => [Optim.GradNorm(e, t)]);
    }

    private static OptimizerArgs Adam(OptimizerRule rule) => new(rule, 0.01, 0) { Beta1 = 0.9, Beta2 = 0.99, Eps = 1e-8 };

    private static OptimizerArgs Moments(OptimizerRule rule) => Adam(rule) with { MomentFactor = 1.5, RootFactor = 1.25 };

    private static OpCase Optimizer(OptimizerArgs args, double decay, bool refused = false)
    {
        string variant = $"{Text(args.Momentum > 0, "momentum ")}{Text(args.Dampening > 0, "dampening ")}{Text(args.Nesterov, "nesterov ")}"
            + $"{Text(args.AmsGrad, "amsgrad ")}{Text(args.Adaptive, "adaptive ")}{Text(args.Decoupled, "decoupled ")}{Text(args.Centered, "centered ")}"
            + $"{Text(args.ClipNorm > 0, $"clip {args.ClipNorm} ")}{Text(refused, "a gradient is not finite ")}decay {decay}";
        CaseInput[] inputs = [.. ParameterShapes.Select((s, i) => Normal($"param.{i}", s).Constant()),
            .. ParameterShapes.Select((s, i) => refused && i == 0 ? Given("grad.0", s, 1, 2, 3, double.NaN, 5, 6, 7).Constant()
                : Normal($"grad.{i}", s).Constant())];
        return new OpCase(args.Rule.ToString().ToLowerInvariant(), variant, Tolerances.Optim, inputs, (e, t) => Steps(e, args, decay, t, refused));
    }

    /// <summary>Some updates of all parameters at once, the gradients scaled differently at each step; the second half of the slots learns at half the
    /// rate.</summary>
    private static Tensor[] Steps(Engine engine, OptimizerArgs args, double decay, Tensor[] inputs, bool measured)
    {
        int count = ParameterShapes.Length;
        var slots = Enumerable.Range(0, count).Select(i =>
        {
            Tensor State() => engine.Zeros(inputs[i].Shape);
            bool adam = args.Rule != OptimizerRule.Sgd, third = args.AmsGrad || args.Rule is OptimizerRule.RmsProp or OptimizerRule.Lamb;
            return new OptimizerSlot(inputs[i], engine.Empty(inputs[i].Shape), adam || args.Momentum > 0 ? State() : null, adam ? State() : null,
                third ? State() : null, i % 2 == 0 ? decay : 0, i < count / 2 ? 1 : 0.5);
        }).ToArray();
        for (int step = 1; step <= OptimizerSteps; step++)
        {
            for (int i = 0; i < count; i++)
                slots[i].Grad.Fill(0).AddInPlace(inputs[count + i], step % 2 == 0 ? -0.5 : 1.0 / step);
            var norm = measured || args.ClipNorm > 0 || args.Rule == OptimizerRule.SamAscend ? Optim.GradNorm(engine, [.. slots.Select(s => s.Grad)]) : null;
            Optim.Step(engine, args with { Step = step }, slots, norm);
        }

        return [.. inputs[..count], .. slots.SelectMany(s => new[] { s.State1, s.State2, s.State3 }).OfType<Tensor>()];
    }
}
