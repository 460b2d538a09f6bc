using NativeEngine.Core;
using static NativeEngine.Verify.ReferenceMath;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void CrossEntropy(in ClassLossSizes s, Tensor logits, Tensor target, Tensor? weight, Tensor loss, Tensor? dLogits)
    {
        var xs = new Grid(logits);
        var (classes, smoothing) = (s.Classes, s.Smoothing);
        var weights = Enumerable.Range(0, classes).Select(k => One(weight, k)).ToArray();
        double spread = smoothing / classes, weightSum = weights.Sum();
        ClassLoss(
            "cross_entropy",
            s,
            target,
            weights,
            loss,
            dLogits,
            (r, t) =>
            {
                var logp = LogSoftmax(xs, r, classes);
                double value = -(1 - smoothing) * weights[t] * logp[t];
                var gradient = new double[classes];
                for (int k = 0; k < classes; k++)
                {
                    double p = Math.Exp(logp[k]);
                    gradient[k] = (1 - smoothing) * weights[t] * (p - (k == t ? 1 : 0));
                    if (smoothing > 0)
                    {
                        value -= spread * weights[k] * logp[k];
                        gradient[k] += spread * (weightSum * p - weights[k]);
                    }
                }

                return (value, gradient);
            });
    }

    /// <inheritdoc/>
    public void NllLoss(in ClassLossSizes s, Tensor logp, Tensor target, Tensor? weight, Tensor loss, Tensor? dLogp)
    {
        var xs = new Grid(logp);
        int classes = s.Classes;
        var weights = Enumerable.Range(0, classes).Select(k => One(weight, k)).ToArray();
        ClassLoss(
            "nll_loss",
            s,
            target,
            weights,
            loss,
            dLogp,
            (r, t) => (-weights[t] * xs[r, t], [.. Enumerable.Range(0, classes).Select(k => k == t ? -weights[t] : 0.0)]));
    }

    /// <inheritdoc/>
    public void ElementLoss(ElementLossOp op, Reduction reduction, double beta, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
        Grid xs = new(x), ts = new(target), losses = new(loss);
        Grid? weights = weight is null ? null : new Grid(weight), dxs = dx is null ? null : new Grid(dx);
        double scale = reduction == Reduction.Mean ? 1.0 / x.Count : 1, sum = 0;
        for (long i = 0; i < x.Count; i++)
        {
            var (value, slope) = ElementValue(op, beta, xs.At(i), ts.At(i), weights?.At(i) ?? 1);
            sum += value;
            if (reduction == Reduction.None)
                losses.Set(i, value);
            dxs?.Set(i, slope * scale);
        }

        if (reduction != Reduction.None)
            losses.Value = reduction == Reduction.Mean ? sum / x.Count : sum;
    }

    /// <summary>Rows that count, their weights and the three reductions: common to the losses over class ids.</summary>
    private static void ClassLoss(string op, ClassLossSizes s, Tensor target, double[] weights, Tensor loss, Tensor? gradient, Func<int, int, (double Value, double[] Gradient)> row)
    {
        Grid ids = new(target), losses = new(loss);
        var targets = Enumerable.Range(0, s.Rows).Select(r => (int)ids[r]).ToArray();
        for (int r = 0; r < s.Rows; r++)
        {
            if (targets[r] != s.IgnoreIndex && (targets[r] < 0 || targets[r] >= s.Classes))
                throw new DataException($"[{op}] target[{r}] = {targets[r]}: expects a class id in 0..{s.Classes - 1} or the ignored {s.IgnoreIndex}");
        }

        double divisor = s.Reduction == Reduction.Mean ? targets.Where(t => t != s.IgnoreIndex).Sum(t => weights[t]) : 1;
        double sum = 0;
        for (int r = 0; r < s.Rows; r++)
        {
            var (value, slopes) = targets[r] == s.IgnoreIndex ? (0, new double[s.Classes]) : row(r, targets[r]);
            sum += value;
            if (s.Reduction == Reduction.None)
                losses[r] = value;
            for (int k = 0; k < s.Classes && gradient is not null; k++)
                new Grid(gradient)[r, k] = targets[r] == s.IgnoreIndex ? 0 : slopes[k] / divisor;
        }

        if (s.Reduction != Reduction.None)
            losses.Value = sum / divisor;
    }

    private static double[] LogSoftmax(Grid x, int row, int classes)
    {
        var values = Enumerable.Range(0, classes).Select(k => x[row, k]).ToArray();
        double max = values.Aggregate(double.NegativeInfinity, (best, v) => Beats(v, best) ? v : best);
        double logSum = max + Math.Log(values.Sum(v => Math.Exp(v - max)));
        return Array.ConvertAll(values, v => v - logSum);
    }

    private static (double Value, double Slope) ElementValue(ElementLossOp op, double beta, double x, double t, double positive)
    {
        double d = x - t;
        switch (op)
        {
            case ElementLossOp.Mse:
                return (d * d, 2 * d);
            case ElementLossOp.L1:
                return (Math.Abs(d), SignOrNaN(d));
            case ElementLossOp.SmoothL1:
                return Math.Abs(d) < beta ? (0.5 * d * d / beta, d / beta) : (Math.Abs(d) - 0.5 * beta, SignOrNaN(d));
            case ElementLossOp.BceWithLogits:
                // -positive·t·ln σ(x) - (1-t)·ln(1-σ(x)) with -ln σ(x) = softplus(-x) and -ln(1-σ(x)) = softplus(x).
                return (positive * t * SoftPlus(-x) + (1 - t) * SoftPlus(x), (1 - t) * Sigmoid(x) - positive * t * Sigmoid(-x));
            default:
                throw Unknown(op);
        }
    }

    private static double SignOrNaN(double d) => double.IsNaN(d) ? d : Math.Sign(d);
}
