using NativeEngine.Core;
using static NativeEngine.Verify.ReferenceMath;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void ClassLoss(ClassLossOp op, in ClassLossSizes s, Tensor x, Tensor target, Tensor? weight, Tensor loss, Tensor? dx)
    {
        Grid xs = new(x), ids = new(target), losses = new(loss);
        var sizes = s;
        var weights = Enumerable.Range(0, s.Classes).Select(k => One(weight, k)).ToArray();
        var targets = Enumerable.Range(0, s.Rows).Select(r => (int)ids[r]).ToArray();
        for (int r = 0; r < s.Rows; r++)
        {
            if (targets[r] != s.IgnoreIndex && (targets[r] < 0 || targets[r] >= s.Classes))
                throw new DataException($"[{op.SnakeName()}] target[{r}] = {targets[r]}: expects a class id in 0..{s.Classes - 1} or the ignored "
                    + $"{s.IgnoreIndex}");
        }

        double divisor = s.Reduction == Reduction.Mean ? targets.Where(t => t != sizes.IgnoreIndex).Sum(t => weights[t]) : 1;
        double sum = 0;
        for (int r = 0; r < s.Rows; r++)
        {
            var row = Enumerable.Range(0, s.Classes).Select(k => xs[r, k]).ToArray();
            var (value, slopes) = targets[r] == s.IgnoreIndex ? (0, new double[s.Classes]) : ClassRow(op, s, row, targets[r], weights);
            sum += value * s.Scale;
            if (s.Reduction == Reduction.None)
                losses[r] = value * s.Scale;
            for (int k = 0; k < s.Classes && dx is not null; k++)
                new Grid(dx)[r, k] = targets[r] == s.IgnoreIndex ? 0 : slopes[k] * s.Scale / divisor;
        }

        if (s.Reduction != Reduction.None)
            losses.Value = sum / divisor;
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

    /// <summary>The loss of one row that counts, and its gradient, both straight from the definition.</summary>
    private static (double Value, double[] Gradient) ClassRow(ClassLossOp op, ClassLossSizes s, double[] x, int t, double[] weights)
    {
        if (op == ClassLossOp.Nll)
            return (-weights[t] * x[t], [.. x.Select((_, k) => k == t ? -weights[t] : 0.0)]);
        var logp = LogSoftmax(x);
        var p = Array.ConvertAll(logp, Math.Exp);
        double w = weights[t];

        // The gradient by x is Σ over j of the slope by ln p[j] times ([j = k] - p[k]).
        double[] Through(Func<int, double> slope)
        {
            double all = Enumerable.Range(0, p.Length).Sum(slope);
            return [.. p.Select((pk, k) => slope(k) - all * pk)];
        }

        double OnlyTarget(int k, double slope) => k == t ? w * slope : 0;
        switch (op)
        {
            case ClassLossOp.CrossEntropy:
                double spread = s.Smoothing / s.Classes;
                double Share(int k) => (k == t ? (1 - s.Smoothing) * w : 0) + spread * weights[k];
                return (-Enumerable.Range(0, s.Classes).Where(k => k == t || Share(k) > 0).Sum(k => Share(k) * logp[k]), Through(k => -Share(k)));
            case ClassLossOp.Focal:
                double doubt = Math.Max(0, -double.ExpM1(logp[t])), atDoubt = Math.Pow(doubt, s.Gamma);
                // γ·(1-p)^(γ-1)·p·ln p, whose limits at p = 0 and p = 1 are 0.
                double turn = p[t] > 0 && doubt > 0 ? s.Gamma * Math.Pow(doubt, s.Gamma - 1) * p[t] * logp[t] : 0;
                return (-w * atDoubt * logp[t], Through(k => OnlyTarget(k, turn - atDoubt)));
            case ClassLossOp.Squared:
                double Miss(int k) => p[k] - (k == t ? 1 : 0);
                return (w * Enumerable.Range(0, p.Length).Sum(k => Miss(k) * Miss(k)), Through(k => 2 * w * Miss(k) * p[k]));
            case ClassLossOp.SoftmaxInverse:
                return (w * Math.Exp(-logp[t]), Through(k => OnlyTarget(k, -Math.Exp(-logp[t]))));
            default:
                throw Unknown(op);
        }
    }

    private static double[] LogSoftmax(double[] values)
    {
        double max = values.Aggregate(double.NegativeInfinity, (best, v) => Beats(v, best) ? v : best);
        double logSum = Math.Log(values.Sum(v => Math.Exp(v - max)));
        return Array.ConvertAll(values, v => v - max - logSum); // beside a large maximum the logarithm would be lost
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
