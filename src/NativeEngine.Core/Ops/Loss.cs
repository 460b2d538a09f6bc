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
    public static Tensor CrossEntropy(this Tensor logits, Tensor target, Tensor? weight = null, double smoothing = 0, int ignoreIndex = IgnoreIndex, Reduction reduction = Reduction.Mean)
    {
        Check.That(smoothing is >= 0 and <= 1, "cross_entropy", $"label_smoothing {smoothing}: expects 0..1");
        return ClassLoss("cross_entropy", logits, target, weight, smoothing, ignoreIndex, reduction);
    }

    /// <summary>Negative log-likelihood: -w[t]·logp[t] per row, reduced as <see cref="CrossEntropy"/>. Backward keeps the gradient.</summary>
    /// <param name="logp">Log-probabilities [B, K]</param>
    /// <param name="target">Int32 [B]</param>
    /// <param name="weight">[K] or null</param>
    /// <param name="ignoreIndex">Target of rows that do not count.</param>
    /// <param name="reduction">Mean, sum or one value per row.</param>
    public static Tensor NllLoss(this Tensor logp, Tensor target, Tensor? weight = null, int ignoreIndex = IgnoreIndex, Reduction reduction = Reduction.Mean) =>
        ClassLoss("nll_loss", logp, target, weight, 0, ignoreIndex, reduction);

    /// <summary>Mean (or sum, or each) of (x - t)². Backward keeps the gradient.</summary>
    public static Tensor MseLoss(this Tensor x, Tensor target, Reduction reduction = Reduction.Mean) => Elements("mse_loss", ElementLossOp.Mse, x, target, null, reduction, 0);

    /// <summary>Mean (or sum, or each) of |x - t|. Backward keeps the gradient.</summary>
    public static Tensor L1Loss(this Tensor x, Tensor target, Reduction reduction = Reduction.Mean) => Elements("l1_loss", ElementLossOp.L1, x, target, null, reduction, 0);

    /// <summary>Huber's loss in PyTorch's scaling, quadratic below <paramref name="beta"/>. Backward keeps the gradient.</summary>
    public static Tensor SmoothL1Loss(this Tensor x, Tensor target, double beta = 1, Reduction reduction = Reduction.Mean)
    {
        Check.That(beta > 0, "smooth_l1_loss", $"beta {beta}: expects a positive number");
        return Elements("smooth_l1_loss", ElementLossOp.SmoothL1, x, target, null, reduction, beta);
    }

    /// <summary>Binary cross-entropy of logits with targets in [0, 1] of the same shape; <paramref name="posWeight"/> broadcasts. Backward keeps the gradient.</summary>
    public static Tensor BceWithLogits(this Tensor x, Tensor target, Tensor? posWeight = null, Reduction reduction = Reduction.Mean) =>
        Elements("bce_with_logits", ElementLossOp.BceWithLogits, x, target, posWeight?.ExpandView("bce_with_logits", x.Shape), reduction, 0);

    private static Tensor ClassLoss(string op, Tensor logits, Tensor target, Tensor? weight, double smoothing, int ignoreIndex, Reduction reduction)
    {
        Check.OneEngine(op, logits, target, weight);
        Check.Rank(op, "input", logits, 2);
        Check.Float(op, "input", logits);
        Check.Type(op, "target", target, DType.Int32);
        Check.That(target.Shape.Rank == 1 && target.Shape[0] == logits.Shape[0], op, $"target {target.Shape}: expects one class id per row of input {logits.Shape}");
        Check.Vector(op, "weight", weight, logits.Shape[1]);
        logits = logits.Contiguous();
        target = target.Contiguous();
        weight = weight?.Contiguous();
        var engine = logits.Engine;
        var s = new ClassLossSizes(logits.Shape[0], logits.Shape[1], smoothing, ignoreIndex, reduction);
        var loss = engine.Empty(reduction == Reduction.None ? [s.Rows] : Shape.Scalar, logits.DType);
        var gradient = engine.GradEnabled && logits.RequiresGrad ? engine.Empty(logits.Shape, logits.DType) : null;
        if (op == "cross_entropy")
            engine.Backend.CrossEntropy(s, logits, target, weight, loss, gradient);
        else
            engine.Backend.NllLoss(s, logits, target, weight, loss, gradient);
        return RecordLoss(op, logits, loss, gradient, [s.Rows, 1]);
    }

    private static Tensor Elements(string name, ElementLossOp op, Tensor x, Tensor target, Tensor? weight, Reduction reduction, double beta)
    {
        Check.OneEngine(name, x, target, weight);
        Check.Float(name, "input", x);
        Check.SameShape(name, "input", x, "target", target);
        Check.That(x.DType == target.DType, name, $"input is {x.DType}, target {target.DType}: expects equal types");
        x = x.Contiguous();
        target = target.Contiguous();
        weight = weight?.Contiguous();
        var engine = x.Engine;
        var loss = engine.Empty(reduction == Reduction.None ? x.Shape : Shape.Scalar, x.DType);
        var gradient = engine.GradEnabled && x.RequiresGrad ? engine.Empty(x.Shape, x.DType) : null;
        engine.Backend.ElementLoss(op, reduction, beta, x, target, weight, loss, gradient);
        return RecordLoss(name, x, loss, gradient, x.Shape);
    }

    /// <summary>dx = kept gradient · dy, dy broadcast from one value or (as <paramref name="each"/>) from one per row or element.</summary>
    private static Tensor RecordLoss(string op, Tensor x, Tensor loss, Tensor? gradient, Shape each) =>
        loss.Engine.Record(op, loss, [x], [gradient], pass =>
        {
            if (!pass.Needs(0))
                return;
            var dy = loss.Shape.Rank == 0 ? pass.Dy : pass.Dy.View(each, each.DenseStrides(), pass.Dy.Offset);
            var target = pass.Target(0);
            var scaled = target.Accumulate ? x.Engine.Empty(x.Shape, x.DType) : target.Tensor!;
            x.Engine.Backend.Binary(BinaryOp.Mul, gradient!, dy.ExpandView(op, x.Shape), scaled);
            if (target.Accumulate)
                x.Engine.Backend.Copy(scaled, target.Tensor!, GradMode.Accumulate);
        });
}
