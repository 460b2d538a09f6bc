namespace NativeEngine.Core;

/// <summary>Normalisation.</summary>
public static class Norm
{
    /// <summary>
    /// y = act(γ(x - μ)/√(σ² + ε) + β + residual) per channel, as PyTorch's batch_norm with an optional fused residual and ReLU
    /// (Ioffe and Szegedy 2015). Backward keeps x, γ, μ and 1/√(σ² + ε), y when there is a ReLU, and β
    /// when no residual comes before it.
    /// </summary>
    /// <param name="x">[N, C, …], two dimensions or more</param>
    /// <param name="weight">γ [C] or null for 1</param>
    /// <param name="bias">β [C] or null for 0</param>
    /// <param name="runningMean">[C]; read in evaluation, updated in training; null means always batch statistics</param>
    /// <param name="runningVar">[C], unbiased; as <paramref name="runningMean"/></param>
    /// <param name="training">Batch statistics; needs more than one value per channel.</param>
    /// <param name="momentum">running = (1 - momentum)·running + momentum·batch.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="relu">Applies max(·, 0) last.</param>
    /// <param name="residual">Added before the ReLU, x's shape, or null</param>
    public static Tensor BatchNorm(this Tensor x, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar, bool training, double momentum = 0.1,
        double eps = 1e-5, bool relu = false, Tensor? residual = null)
    {
        const string op = "batch_norm";
        Check.That(x.Shape.Rank >= 2, op, $"input {x.Shape}: expects [N, C, …]");
        Check.Float(op, "input", x);
        Check.OneEngine(op, x, weight, bias, runningMean, runningVar, residual);
        if (x.Shape.Rank is not (2 or 4))
        {
            if (residual is not null)
                Check.SameShape(op, "input", x, "residual", residual);
            return AsImage(op, x).BatchNorm(weight, bias, runningMean, runningVar, training, momentum, eps, relu,
                residual is null ? null : AsImage(op, residual)).Reshape(x.Shape.AsSpan());
        }

        int c = x.Shape[1], pixels = c == 0 ? 0 : Check.Count(op, "values per channel", x.Shape, x.Count / c);
        Check.Vector(op, "weight", weight, c);
        Check.Vector(op, "bias", bias, c);
        Check.Vector(op, "running_mean", runningMean, c);
        Check.Vector(op, "running_var", runningVar, c);
        Check.That(runningMean is null == runningVar is null, op, $"running_mean and running_var: expects both or neither");
        Check.That(runningMean is not { IsDense: false } && runningVar is not { IsDense: false }, op,
            $"running_mean and running_var: expects dense tensors, they are updated in place");
        Check.That(training || runningMean is not null, op, $"evaluation needs running_mean and running_var");
        if (residual is not null)
            Check.SameShape(op, "input", x, "residual", residual);
        Check.Float(op, "residual", residual);
        Check.That(!training || pixels != 1, op, $"input {x.Shape}: expects more than 1 value per channel when training; use a larger batch");
        x = x.Contiguous();
        residual = residual?.Contiguous();
        weight = weight?.Contiguous();
        bias = bias?.Contiguous();
        var s = new BatchNormSizes(pixels, c, eps, momentum, training, relu);
        var engine = x.Engine;
        var y = engine.Empty(x.Shape, x.DType);
        Tensor mean = engine.Empty([c], x.DType), invStd = engine.Empty([c], x.DType);
        if (training && x.Moments is { } moments)
            engine.Backend.BatchNormForwardMoments(s, x, moments, residual, weight, bias, runningMean, runningVar, y, mean, invStd);
        else
            engine.Backend.BatchNormForward(s, x, residual, weight, bias, runningMean, runningVar, y, mean, invStd);
        if (training)
        {
            runningMean?.MarkChanged();
            runningVar?.MarkChanged();
        }

        return engine.Record(op, y, [x, residual, weight, bias, runningMean, runningVar],
            [x, relu ? y : null, mean, invStd, weight, relu && residual is null ? bias : null], pass =>
        {
            if (!relu && pass.Needs(1))
                pass.Give(1, pass.Dy); // without ReLU the residual's gradient is dy itself
            if (relu && residual is null)
                engine.Backend.BatchNormReluBackward(s, x, y, pass.Dy, weight, bias, mean, invStd, pass.Target(0), pass.Target(2), pass.Target(3));
            else
                engine.Backend.BatchNormBackward(s, x, y, pass.Dy, weight, mean, invStd, pass.Target(0), relu ? pass.Target(1) : GradTarget.None,
                    pass.Target(2), pass.Target(3));
        }, s);
    }

    /// <summary>
    /// y = γ(x - μ)/√(σ² + ε) + β over the last <paramref name="normalizedDims"/> dimensions (Ba et al. 2016). Backward keeps x, γ, μ, 1/√(σ² + ε).
    /// </summary>
    /// <param name="x">[…, n]</param>
    /// <param name="weight">γ of the normalised extents, or null</param>
    /// <param name="bias">β of the normalised extents, or null</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="normalizedDims">How many trailing dimensions are normalised together.</param>
    public static Tensor LayerNorm(this Tensor x, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5, int normalizedDims = 1)
    {
        const string op = "layer_norm";
        Check.Float(op, "input", x);
        Check.OneEngine(op, x, weight, bias);
        Check.That(normalizedDims >= 1 && normalizedDims <= x.Shape.Rank, op,
            $"{normalizedDims} normalised dimensions for input {x.Shape}: expects 1..{x.Shape.Rank}");
        var inner = Shape.Create(x.Shape.AsSpan()[^normalizedDims..]);
        Check.That((weight is null || weight.Shape == inner) && (bias is null || bias.Shape == inner), op,
            $"weight {weight?.Shape.ToString() ?? "none"}, bias {bias?.Shape.ToString() ?? "none"}: expects {inner} for input {x.Shape}");
        Check.Float(op, "weight", weight);
        Check.Float(op, "bias", bias);
        int columns = Check.Count(op, "values per row", x.Shape, inner.Count), rows = columns == 0 ? 0 : Check.Count(op, "rows", x.Shape, x.Count / columns);
        var shape = x.Shape;
        var flat = x.Reshape(rows, columns).Contiguous();
        var (w, b) = (weight?.Reshape(columns).Contiguous(), bias?.Reshape(columns).Contiguous());
        var s = new LayerNormSizes(rows, columns, eps);
        var engine = x.Engine;
        var y = engine.Empty(flat.Shape, x.DType);
        Tensor mean = engine.Empty([rows], x.DType), invStd = engine.Empty([rows], x.DType);
        engine.Backend.LayerNormForward(s, flat, w, b, y, mean, invStd);
        return engine.Record(op, y, [flat, w, b], [flat, mean, invStd, w], pass =>
            engine.Backend.LayerNormBackward(s, flat, pass.Dy, w, mean, invStd, pass.Target(0), pass.Target(1), pass.Target(2)), s).Reshape(shape.AsSpan());
    }

    /// <summary>
    /// y = γ(x - μ)/√(σ² + ε) + β with statistics per image and group of channels (Wu and He 2018). Backward keeps x, γ, μ, 1/√(σ² + ε).
    /// </summary>
    /// <param name="x">[N, C, …], two dimensions or more</param>
    /// <param name="groups">A divisor of C.</param>
    /// <param name="weight">γ [C] or null</param>
    /// <param name="bias">β [C] or null</param>
    /// <param name="eps">Added to the variance.</param>
    public static Tensor GroupNorm(this Tensor x, int groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
    {
        const string op = "group_norm";
        Check.That(x.Shape.Rank >= 2, op, $"input {x.Shape}: expects [N, C, …]");
        Check.Float(op, "input", x);
        Check.OneEngine(op, x, weight, bias);
        if (x.Shape.Rank != 4)
            return AsImage(op, x).GroupNorm(groups, weight, bias, eps).Reshape(x.Shape.AsSpan());
        int n = x.Shape[0], c = x.Shape[1];
        Check.That(groups > 0 && c % groups == 0, op, $"groups {groups}: expects a divisor of {c} channels of input {x.Shape}");
        Check.Vector(op, "weight", weight, c);
        Check.Vector(op, "bias", bias, c);
        x = x.Contiguous();
        weight = weight?.Contiguous();
        bias = bias?.Contiguous();
        var s = new GroupNormSizes(n, c, Check.Count(op, "pixels", x.Shape, (long)x.Shape[2] * x.Shape[3]), groups, eps);
        var engine = x.Engine;
        var y = engine.Empty(x.Shape, x.DType);
        Tensor mean = engine.Empty([n, groups], x.DType), invStd = engine.Empty([n, groups], x.DType);
        engine.Backend.GroupNormForward(s, x, weight, bias, y, mean, invStd);
        return engine.Record(op, y, [x, weight, bias], [x, mean, invStd, weight], pass =>
            engine.Backend.GroupNormBackward(s, x, pass.Dy, weight, mean, invStd, pass.Target(0), pass.Target(1), pass.Target(2)), s);
    }

    /// <summary>y = e^x / Σ e^x along one axis, shifted by the maximum. Backward keeps y.</summary>
    public static Tensor Softmax(this Tensor x, int axis = -1) => SoftmaxAlong("softmax", x, axis, log: false);

    /// <summary>y = x - ln Σ e^x along one axis, shifted by the maximum. Backward keeps y.</summary>
    public static Tensor LogSoftmax(this Tensor x, int axis = -1) => SoftmaxAlong("log_softmax", x, axis, log: true);

    /// <summary>[N, C, …] as images [N, C, P, 1].</summary>
    private static Tensor AsImage(string op, Tensor x) =>
        x.Reshape(x.Shape[0], x.Shape[1], Check.Count(op, "pixels", x.Shape, Shape.Create(x.Shape.AsSpan()[2..]).Count), 1);

    private static Tensor SoftmaxAlong(string op, Tensor x, int axis, bool log)
    {
        Check.Float(op, "input", x);
        x = x.Contiguous();
        int a = x.Shape.Axis(axis), length = x.Shape[a];
        // Positions along the axis are `inner` elements apart in memory, whatever the layout.
        int inner = Check.Count(op, "values behind the axis", x.Shape, x.Shape.DenseStrides()[a]);
        int outer = length == 0 || inner == 0 ? 0 : Check.Count(op, "values before the axis", x.Shape, x.Count / length / inner);
        var s = new SoftmaxSizes(outer, length, inner, log);
        var engine = x.Engine;
        var y = engine.Empty(x.Shape, x.DType);
        engine.Backend.SoftmaxForward(s, x, y);
        return engine.Record(op, y, [x], [y], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.SoftmaxBackward(s, y, pass.Dy, pass.Target(0));
        }, new[] { a });
    }
}
