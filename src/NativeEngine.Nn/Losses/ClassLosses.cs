using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Losses of logits [B, K] and class ids. Each is one pass of the backend over the logits, which makes value and gradient; hard example mining
/// chooses among B numbers afterwards.
/// </summary>
internal static class ClassLosses
{
    /// <summary>PyTorch's; a float target [B, K] gives class probabilities: -Σ w·t'·ln p per row with t' = (1-ε)t + ε/K, the mean over B.</summary>
    public static Tensor CrossEntropy(LossFunction f, Tensor x, Tensor target)
    {
        var o = f.Options;
        var weight = f.OnDevice(o.Weight, x);
        if (!target.DType.IsFloat())
            return x.CrossEntropy(target, weight, o.LabelSmoothing!.Value, o.IgnoreIndex!.Value, o.Reduction!.Value);
        if (target.Shape != x.Shape)
            throw new ShapeException("cross_entropy", $"target {target.Shape}: expects class probabilities of the shape of input {x.Shape}");
        double smoothing = o.LabelSmoothing!.Value;
        var soft = smoothing == 0 ? target : target.Affine(1 - smoothing, smoothing / x.Shape[1]);
        var terms = x.LogSoftmax() * soft;
        return Combine((weight is null ? terms : terms * weight).Sum([1]).Neg(), o.Reduction!.Value);
    }

    /// <summary>
    /// -Σ (target·ln p) per row, the mean over the rows that count, with target = pos for the class and neg elsewhere: cross-entropy with the smoothing
    /// ε = K·neg/S, times S = pos - neg + K·neg.
    /// </summary>
    public static Tensor SmoothPosNeg(LossFunction f, Tensor x, Tensor target)
    {
        double neg = f.Options.LbNeg!.Value, all = x.Shape[1] * neg, scale = f.Options.LbPos!.Value - neg + all;
        return x.CrossEntropy(target, null, Math.Min(1, all / scale), f.Options.IgnoreIndex!.Value, f.Options.Reduction!.Value, scale);
    }

    /// <summary>-α[t]·(1 - p[t])^γ·ln p[t] (Lin et al. 2017).</summary>
    public static Tensor Focal(LossFunction f, Tensor x, Tensor target) => x.FocalLoss(target, f.OnDevice(f.Options.ClassAlpha, x), f.Options.Gamma!.Value, f.Options.Reduction!.Value);

    /// <summary>
    /// Cui et al. 2019: class weights (1-β)/(1-β^n[k]) normalised to sum K (0 for a class without samples) over cross-entropy or focal, divided by B.
    /// </summary>
    public static Tensor ClassBalanced(LossFunction f, Tensor x, Tensor target)
    {
        var counts = f.Options.Counts!;
        if (x.Shape.Rank != 2 || counts.Count != x.Shape[1])
            throw new ShapeException("class_balanced", $"counts [{counts.Count}]: expects one number per class of input {x.Shape}");
        var weight = f.OnDevice(f.BalancedWeights ??= Effective(counts, f.Options.Beta!.Value), x)!;
        return x.FocalLoss(target, weight, f.Options.Over == "focal" ? f.Options.Gamma!.Value : 0); // with γ = 0 it is cross-entropy, divided by B
    }

    /// <summary>Online hard example mining (Shrivastava et al. 2016): the mean over the ⌈keep·B⌉ rows with the largest cross-entropy, ties to the lowest row.</summary>
    public static Tensor HardRows(LossFunction f, Tensor x, Tensor target)
    {
        var rows = x.CrossEntropy(target, reduction: Reduction.None);
        const double rounding = 1e-9; // keep·B may come out a hair above a whole number
        int kept = (int)Math.Ceiling(f.Options.Keep!.Value * rows.Shape[0] - rounding);
        return rows.TopK(kept).Values.Mean();
    }

    /// <summary>PyTorch's nll_loss of log-probabilities.</summary>
    public static Tensor Nll(LossFunction f, Tensor x, Tensor target) => x.NllLoss(target, f.OnDevice(f.Options.Weight, x), f.Options.IgnoreIndex!.Value, f.Options.Reduction!.Value);

    private static Tensor Combine(Tensor rows, Reduction reduction) => reduction switch
    {
        Reduction.Mean => rows.Mean(),
        Reduction.Sum => rows.Sum(),
        _ => rows,
    };

    private static double[] Effective(IReadOnlyList<double> counts, double beta)
    {
        var weights = counts.Select(n => n > 0 ? (1 - beta) / (1 - Math.Pow(beta, n)) : 0).ToArray();
        double sum = weights.Sum();
        return sum > 0 ? Array.ConvertAll(weights, w => w * counts.Count / sum) : weights;
    }
}
