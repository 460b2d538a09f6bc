namespace NativeEngine.Core;

/// <summary>Losses. Value and gradient are computed in one pass; backward only scales the kept gradient.</summary>
public static class Loss
{
    /// <summary>The target that is ignored unless another is named.</summary>
    public const int IgnoreIndex = -100;

    /// <summary>
    /// Cross-entropy of logits, PyTorch's: per row -(1-ε)·w[t]·ln p[t] - ε/K·Σ w[k]·ln p[k] with p = softmax(logits); the mean divides by
    /// Σ w[t] over the rows that count (NaN when none does). Backward keeps the gradient [rows, K].
    /// </summary>
    /// <param name="logits">[B, K]</param>
    /// <param name="target">Int32 [B], class ids or <paramref name="ignoreIndex"/></param>
    /// <param name="weight">Class weights [K] or null</param>
    /// <param name="smoothing">ε in 0 … 1.</param>
    /// <param name="ignoreIndex">Target of rows that do not count.</param>
    /// <param name="reduction">Mean, sum or one value per row.</param>
    /// <param name="scale">Factor of the result.</param>
    public static Tensor CrossEntropy(this Tensor logits, Tensor target, Tensor? weight = null, double smoothing = 0, int ignoreIndex = IgnoreIndex,
        Reduction reduction = Reduction.Mean, double scale = 1)
    {
        Check.That(smoothing is >= 0 and <= 1, "cross_entropy", $"label_smoothing {smoothing}: expects 0..1");
        return ClassLoss(ClassLossOp.CrossEntropy, logits, target, weight,
            (rows, classes) => new ClassLossSizes(rows, classes, smoothing, ignoreIndex, reduction, Scale: scale));
    }

    /// <summary>Negative log-likelihood: -w[t]·logp[t] per row, reduced as <see cref="CrossEntropy"/>. Backward keeps the gradient.</summary>
    /// <param name="logp">Log-probabilities [B, K]</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="weight">[K] or null</param>
    /// <param name="ignoreIndex">Target of rows that do not count.</param>
    /// <param name="reduction">Mean, sum or one value per row.</param>
    public static Tensor NllLoss(this Tensor logp, Tensor target, Tensor? weight = null, int ignoreIndex = IgnoreIndex, Reduction reduction = Reduction.Mean) =>
        ClassLoss(ClassLossOp.Nll, logp, target, weight, (rows, classes) => new ClassLossSizes(rows, classes, 0, ignoreIndex, reduction));

    /// <summary>
    /// -α[t]·(1 - p[t])^γ·ln p[t] per row with p = softmax(logits) (Lin et al. 2017); the mean divides by B. Where p[t] is 0, so is p[t]·ln p[t].
    /// Backward keeps the gradient.
    /// </summary>
    /// <param name="logits">[B, K]</param>
    /// <param name="target">Int32 [B], class ids or <see cref="IgnoreIndex"/></param>
    /// <param name="alpha">Factors per class [K] or null</param>
    /// <param name="gamma">γ, at least 0; 0 is cross-entropy.</param>
    /// <param name="reduction">Mean, sum or one value per row.</param>
    public static Tensor FocalLoss(this Tensor logits, Tensor target, Tensor? alpha = null, double gamma = 2, Reduction reduction = Reduction.Mean)
    {
        Check.That(gamma >= 0 && double.IsFinite(gamma), "focal_loss", $"gamma {gamma}: expects a number of at least 0");
        return ClassLoss(ClassLossOp.Focal, logits, target, alpha, (rows, classes) => Plain(rows, classes, reduction, rows) with { Gamma = gamma });
    }

    /// <summary>Σ (p - onehot)² per row with p = softmax(logits); the mean divides by B·K. Backward keeps the gradient.</summary>
    /// <param name="logits">[B, K]</param>
    /// <param name="target">Int32 [B], class ids or <see cref="IgnoreIndex"/></param>
    /// <param name="reduction">Mean over B and K, sum over both, or one value per row.</param>
    public static Tensor SquaredLoss(this Tensor logits, Tensor target, Reduction reduction = Reduction.Sum) =>
        ClassLoss(ClassLossOp.Squared, logits, target, null, (rows, classes) => Plain(rows, classes, reduction, (double)rows * classes));

    /// <summary>1 / p[t] per row with p = softmax(logits); the mean divides by B. Backward keeps the gradient.</summary>
    /// <param name="logits">[B, K]</param>
    /// <param name="target">Int32 [B], class ids or <see cref="IgnoreIndex"/></param>
    /// <param name="reduction">Mean, sum or one value per row.</param>
    public static Tensor SoftmaxInverseLoss(this Tensor logits, Tensor target, Reduction reduction = Reduction.Sum) =>
        ClassLoss(ClassLossOp.SoftmaxInverse, logits, target, null, (rows, classes) => Plain(rows, classes, reduction, rows));

    /// <summary>Mean (or sum, or each) of (x - t)². Backward keeps the gradient.</summary>
    public static Tensor MseLoss(this Tensor x, Tensor target, Reduction reduction = Reduction.Mean) =>
        Elements("mse_loss", ElementLossOp.Mse, x, target, null, reduction, 0);

    /// <summary>Mean (or sum, or each) of |x - t|. Backward keeps the gradient.</summary>
    public static Tensor L1Loss(this Tensor x, Tensor target, Reduction reduction = Reduction.Mean) =>
        Elements("l1_loss", ElementLossOp.L1, x, target, null, reduction, 0);

    /// <summary>Huber's loss in PyTorch's scaling, quadratic below <paramref name="beta"/>. Backward keeps the gradient.</summary>
    public static Tensor SmoothL1Loss(this Tensor x, Tensor target, double beta = 1, Reduction reduction = Reduction.Mean)
    {
        Check.That(beta > 0, "smooth_l1_loss", $"beta {beta}: expects a positive number");
        return Elements("smooth_l1_loss", ElementLossOp.SmoothL1, x, target, null, reduction, beta);
    }

    /// <summary>Binary cross-entropy of logits with targets in [0, 1] of the same shape; <paramref name="posWeight"/> broadcasts. Backward keeps the
    /// gradient.</summary>
    public static Tensor BceWithLogits(this Tensor x, Tensor target, Tensor? posWeight = null, Reduction reduction = Reduction.Mean) =>
        Elements("bce_with_logits", ElementLossOp.BceWithLogits, x, target, posWeight?.ExpandView("bce_with_logits", x.Shape), reduction, 0);

    /// <summary>Sizes of a loss whose mean divides by a fixed number, not by weights; over no rows it is 0/0.</summary>
    private static ClassLossSizes Plain(int rows, int classes, Reduction reduction, double divisor) =>
        reduction == Reduction.Mean && rows > 0 ? new(rows, classes, 0, IgnoreIndex, Reduction.Sum, Scale: 1 / divisor)
            : new(rows, classes, 0, IgnoreIndex, reduction);

    private static Tensor ClassLoss(ClassLossOp kind, Tensor x, Tensor target, Tensor? weight, Func<int, int, ClassLossSizes> sizes)
    {
        string op = kind.SnakeName();
        Check.OneEngine(op, x, target, weight);
        Check.Rank(op, "input", x, 2);
        Check.Float(op, "input", x);
        Check.Type(op, "target", target, DType.Int32);
        Check.That(target.Shape.Rank == 1 && target.Shape[0] == x.Shape[0], op, $"target {target.Shape}: expects one class id per row of input {x.Shape}");
        Check.Vector(op, "weight", weight, x.Shape[1]);
        x = x.Contiguous();
        target = target.Contiguous();
        weight = weight?.Contiguous();
        var engine = x.Engine;
        var s = sizes(x.Shape[0], x.Shape[1]);
        var loss = engine.Empty(s.Reduction == Reduction.None ? [s.Rows] : Shape.Scalar, x.DType);
        var gradient = engine.GradEnabled && x.RequiresGrad ? engine.Empty(x.Shape, x.DType) : null;
        engine.Backend.ClassLoss(kind, s, x, target, weight, loss, gradient);
        return RecordLoss(op, x, loss, gradient, [s.Rows, 1]);
    }

    private static Tensor Elements(string name, ElementLossOp op, Tensor x, Tensor target, Tensor? weight, Reduction reduction, double beta)
    {
        Check.OneEngine(name, x, target, weight);
        Check.Float(name, "input", x);
        Check.SameShape(name, "input", x, "target", target);
        Check.Float(name, "target", target);
        Check.Float(name, "weight", weight);
        x = x.Contiguous();
        target = target.Contiguous();
        weight = weight?.Contiguous();
        var engine = x.Engine;
        var loss = engine.Empty(reduction == Reduction.None ? x.Shape : Shape.Scalar, x.DType);
        var gradient = engine.GradEnabled && x.RequiresGrad ? engine.Empty(x.Shape, x.DType) : null;
        engine.Backend.ElementLoss(op, reduction, beta, x, target, weight, loss, gradient);
        return RecordLoss(name, x, loss, gradient, x.Shape);
    }

    /// <summary>
    /// dx = kept gradient · dy, dy broadcast from one value or (as <paramref name="each"/>) from one per row or element. A gradient that nothing
    /// else needs is scaled where it lies and becomes dx itself; with dy = 1, as at the end of most networks, nothing is computed at all.
    /// </summary>
    private static Tensor RecordLoss(string op, Tensor x, Tensor loss, Tensor? gradient, Shape each) =>
        loss.Engine.Record(op, loss, [x], [gradient], pass =>
        {
            if (!pass.Needs(0))
                return;
            var backend = x.Engine.Backend;
            var dy = loss.Shape.Rank == 0 ? pass.Dy : pass.Dy.View(each, each.DenseStrides(), pass.Dy.Offset);
            if (pass.TakesOver(0, gradient!))
            {
                if (!pass.StartsWithOnes)
                    backend.Binary(BinaryOp.Mul, gradient!, dy.ExpandView(op, x.Shape), gradient!);
                pass.Give(0, gradient!);
                return;
            }

            var target = pass.Target(0);
            var scaled = target.Accumulate ? x.Engine.Empty(x.Shape, x.DType) : target.Tensor!;
            backend.Binary(BinaryOp.Mul, gradient!, dy.ExpandView(op, x.Shape), scaled);
            if (target.Accumulate)
                backend.Copy(scaled, target.Tensor!, GradMode.Accumulate);
        });
}
