using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Losses() => [.. ClassLosses(), .. Enum.GetValues<ElementLossOp>().SelectMany(ElementLosses)];

    private static IEnumerable<OpCase> ClassLosses()
    {
        foreach (var reduction in Enum.GetValues<Reduction>())
        {
            foreach (var (rows, classes) in new[] { (1, 1), (1, 10), (7, 3), (33, 17), (5, 1000), (0, 4) })
            {
                yield return CrossEntropy($"[{rows},{classes}] {reduction}", reduction, RandomIds("target", rows, classes), classes);
                yield return CrossEntropy($"[{rows},{classes}] {reduction} smoothing and weights", reduction, RandomIds("target", rows, classes), classes,
                    smoothing: 0.1, weights: true);
                yield return Nll($"[{rows},{classes}] {reduction}", reduction, RandomIds("target", rows, classes), classes, weights: false);
            }

            yield return CrossEntropy($"ignored rows {reduction}", reduction, Ids("target", 2, -100, 0, 1, -100), 3);
            yield return CrossEntropy($"ignored rows with smoothing and weights {reduction}", reduction, Ids("target", 2, 7, 0, 1, 7), 3, smoothing: 0.2,
                weights: true, ignore: 7);
            yield return CrossEntropy($"ignored class 1 {reduction}", reduction, Ids("target", 2, 1, 0, 1), 3, ignore: 1);
            yield return CrossEntropy($"all ignored {reduction}", reduction, Ids("target", -100, -100), 3) with { Smooth = false };
            yield return CrossEntropy($"smoothing 1 {reduction}", reduction, Ids("target", 2, 0, 1), 3, smoothing: 1);
            yield return Nll($"ignored rows and weights {reduction}", reduction, Ids("target", 2, -100, 0, 1), 3, weights: true);
            yield return Nll($"all ignored {reduction}", reduction, Ids("target", -100, -100), 3, weights: false) with { Smooth = false };
        }

        foreach (var (op, gamma) in new[] { (ClassLossOp.Focal, 2), (ClassLossOp.Focal, 0), (ClassLossOp.Focal, 0.5), (ClassLossOp.Focal, 3.5),
                (ClassLossOp.Squared, 0), (ClassLossOp.SoftmaxInverse, 0) })
        {
            foreach (var reduction in Enum.GetValues<Reduction>())
            {
                foreach (var (rows, classes) in new[] { (1, 1), (1, 10), (7, 3), (33, 17), (5, 1000), (0, 4) })
                    yield return OfProbability(op, gamma, $"[{rows},{classes}]", reduction, RandomIds("target", rows, classes), classes);
                yield return OfProbability(op, gamma, "ignored rows", reduction, Ids("target", 2, -100, 0, 1, -100), 3);
                yield return OfProbability(op, gamma, "all ignored", reduction, Ids("target", -100, -100), 3) with { Smooth = false };
                if (op == ClassLossOp.Focal)
                    yield return OfProbability(op, gamma, "factors per class", reduction, RandomIds("target", 9, 5), 5, weights: true);
            }

            if (op != ClassLossOp.SoftmaxInverse) // whose values are infinite here
            {
                yield return OfProbability(op, gamma, "logits far out", Reduction.None, Ids("target", 0, 1, 2, 0, 1), 3,
                    Given("input", [5, 3], 1e30, 0, -1e30, 1e30, 0, -1e30, 1e30, 1e30, -1e30, 100, 0, 0, double.NegativeInfinity, 3, 4)) with
                { Smooth = false };
                yield return OfProbability(op, gamma, "minus infinity at the target", Reduction.Sum, Ids("target", 1), 3,
                    Given("input", [1, 3], 1, double.NegativeInfinity, 2)) with
                { Smooth = false };
            }
        }

        yield return OfProbability(ClassLossOp.SoftmaxInverse, 0, "certain rows", Reduction.None, Ids("target", 0, 1), 2,
            Given("input", [2, 2], 1e30, 0, double.NegativeInfinity, 0)) with
        { Smooth = false };

        yield return new OpCase("cross_entropy", "large logits", Tolerances.Loss,
            [Given("input", [3, 3], 1000, 999, 0, -1000, 50, 20, 88, -88, 0), Ids("target", 1, 0, 2)], (_, t) => [t[0].CrossEntropy(t[1])])
        { Smooth = false };
        yield return new OpCase("cross_entropy", "minus infinity beside the target", Tolerances.Loss,
            [Given("input", [1, 3], double.NegativeInfinity, 1, 2), Ids("target", 1)], (_, t) => [t[0].CrossEntropy(t[1])])
        { Smooth = false };
    }

    private static OpCase CrossEntropy(string variant, Reduction reduction, CaseInput target, int classes, double smoothing = 0, bool weights = false,
        int ignore = Loss.IgnoreIndex)
    {
        int rows = target.Shape[0];
        CaseInput[] inputs = [Normal("input", [rows, classes], 2), target,
            .. weights ? [Uniform("weight", [classes], 0.2, 2).Constant()] : Array.Empty<CaseInput>()];
        return new OpCase("cross_entropy", variant, Tolerances.Loss, inputs,
            (_, t) => [t[0].CrossEntropy(t[1], weights ? t[2] : null, smoothing, ignore, reduction)])
        { Smooth = rows > 0, SavedFloats = (long)rows * classes };
    }

    /// <summary>A loss that is a function of softmax alone.</summary>
    private static OpCase OfProbability(ClassLossOp op, double gamma, string variant, Reduction reduction, CaseInput target, int classes,
        CaseInput? input = null, bool weights = false)
    {
        int rows = target.Shape[0];
        CaseInput[] inputs = [input ?? Normal("input", [rows, classes], 2), target,
            .. weights ? [Uniform("alpha", [classes], 0.2, 2).Constant()] : Array.Empty<CaseInput>()];
        Func<Tensor, Tensor, Tensor?, Tensor> run = op switch
        {
            ClassLossOp.Focal => (x, t, alpha) => x.FocalLoss(t, alpha, gamma, reduction),
            ClassLossOp.Squared => (x, t, _) => x.SquaredLoss(t, reduction),
            _ => (x, t, _) => x.SoftmaxInverseLoss(t, reduction),
        };
        string exponent = op == ClassLossOp.Focal ? FormattableString.Invariant($" gamma {gamma}") : "";
        return new OpCase(op.SnakeName(), $"{variant} {reduction}{exponent}", Tolerances.Loss, inputs, (_, t) => [run(t[0], t[1], weights ? t[2] : null)])
        { Smooth = rows > 0, SavedFloats = (long)rows * classes };
    }

    private static OpCase Nll(string variant, Reduction reduction, CaseInput target, int classes, bool weights)
    {
        int rows = target.Shape[0];
        CaseInput[] inputs = [Uniform("input", [rows, classes], -4, 0), target,
            .. weights ? [Uniform("weight", [classes], 0.2, 2).Constant()] : Array.Empty<CaseInput>()];
        return new OpCase("nll_loss", variant, Tolerances.Loss, inputs, (_, t) => [t[0].NllLoss(t[1], weights ? t[2] : null, reduction: reduction)])
        { Smooth = rows > 0, SavedFloats = (long)rows * classes };
    }

    private static IEnumerable<OpCase> ElementLosses(ElementLossOp op)
    {
        foreach (var reduction in Enum.GetValues<Reduction>())
        {
            foreach (var shape in new Shape[] { [], [1], [7], [3, 5], [2, 3, 4, 5], [1031], [0, 3] })
                yield return ElementLoss(op, $"{shape} {reduction}", reduction, Spaced("input", shape), shape);
        }

        yield return ElementLoss(op, "equal values", Reduction.Mean, Given("input", [4], 1, 0, -2, 0.5), [4],
            Given("target", [4], 1, 0, -2, 0.5).Constant()) with
        { Smooth = false };
        yield return ElementLoss(op, "at beta and beyond", Reduction.None, Given("input", [6], -0.5, 0.5, 0.25, 3, -4, 60), [6],
            Given("target", [6], 0, 0, 0, 0, 0, 1).Constant()) with
        { Smooth = false };
        if (op == ElementLossOp.BceWithLogits)
        {
            foreach (var weight in new Shape[] { [5], [3, 1], [3, 5] })
            {
                yield return new OpCase("bce_with_logits", $"positive weights {weight}", Tolerances.Loss,
                    [Normal("input", [3, 5]), Uniform("target", [3, 5], 0, 1).Constant(), Uniform("pos_weight", weight, 0.3, 4).Constant()],
                    (_, t) => [t[0].BceWithLogits(t[1], t[2])])
                { SavedFloats = 15 };
            }

            yield return ElementLoss(op, "logits far out", Reduction.None, Given("input", [6], -100, -30, 30, 100, 0, 88), [6],
                Given("target", [6], 1, 0, 1, 0, 1, 0.5).Constant()) with
            { Smooth = false };
        }
    }

    private static OpCase ElementLoss(ElementLossOp op, string variant, Reduction reduction, CaseInput input, Shape shape, CaseInput? target = null)
    {
        target ??= op == ElementLossOp.BceWithLogits ? Uniform("target", shape, 0, 1).Constant() : Away(shape);
        Func<Tensor, Tensor, Tensor> run = op switch
        {
            ElementLossOp.Mse => (x, t) => x.MseLoss(t, reduction),
            ElementLossOp.L1 => (x, t) => x.L1Loss(t, reduction),
            ElementLossOp.SmoothL1 => (x, t) => x.SmoothL1Loss(t, 0.5, reduction),
            ElementLossOp.BceWithLogits => (x, t) => x.BceWithLogits(t, null, reduction),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "this loss has no op to call"),
        };
        string name = op switch
        {
            ElementLossOp.Mse => "mse_loss",
            ElementLossOp.L1 => "l1_loss",
            ElementLossOp.SmoothL1 => "smooth_l1_loss",
            _ => "bce_with_logits"
        };
        return new OpCase(name, variant, Tolerances.Loss, [input, target], (_, t) => [run(t[0], t[1])]) { SavedFloats = shape.Count };
    }

    /// <summary>Targets never closer than 0.005 to a <see cref="Spaced"/> input, whose values lie on a grid of 0.03 shifted by 0.013.</summary>
    private static CaseInput Away(Shape shape) =>
        new("target", shape, key =>
            Array.ConvertAll(Philox.Permutation(key, (int)shape.Count), i => (double)(float)((i - (int)shape.Count / 2) * 0.03 + 0.003)), Gradient: false);
}
