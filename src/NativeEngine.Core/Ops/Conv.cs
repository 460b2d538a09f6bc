namespace NativeEngine.Core;

/// <summary>Convolution and pooling of images.</summary>
public static class Conv
{
    /// <summary>
    /// y[n, k, p, q] = bias[k] + Σ x[n, c, p·stride - pad + r·dilation, …]·w[k, c, r, s] + residual[n, k, p, q] (cross-correlation, as PyTorch's conv2d).
    /// Backward keeps x and w.
    /// </summary>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="weight">[K, C/groups, R, S]</param>
    /// <param name="bias">[K] or null</param>
    /// <param name="stride">Steps of the window; default 1.</param>
    /// <param name="padding">Zero border; default 0.</param>
    /// <param name="dilation">Distance of neighbouring taps; default 1.</param>
    /// <param name="groups">Independent channel groups; C for depthwise.</param>
    /// <param name="moments">A batch norm in training comes next: where the device can, it gathers y's mean and variance while it writes y.</param>
    /// <param name="residual">[N, K, P, Q], added while y is written, or null</param>
    public static Tensor Conv2d(this Tensor x, Tensor weight, Tensor? bias = null, (int H, int W)? stride = null, (int H, int W)? padding = null,
        (int H, int W)? dilation = null, int groups = 1, bool moments = false, Tensor? residual = null)
    {
        const string op = "conv2d";
        var s = ConvSizes.Create(x.Shape, weight.Shape, stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1), groups);
        Check.OneEngine(op, x, weight, bias, residual);
        Check.Float(op, "input", x);
        Check.Float(op, "weight", weight);
        Check.Float(op, "residual", residual);
        Check.Vector(op, "bias", bias, s.K);
        Check.That(residual is null || residual.Shape == s.Output, op, $"residual {residual?.Shape}: expects the output's shape {s.Output}");
        x = x.Contiguous();
        weight = weight.Contiguous();
        bias = bias?.Contiguous();
        residual = residual?.Contiguous();
        var engine = x.Engine;
        var y = engine.Empty(s.Output, x.DType);
        var gathered = moments && engine.Backend.GathersMoments(s) ? engine.Empty([2, s.K], x.DType) : null;
        if (gathered is null && residual is null)
            engine.Backend.ConvForward(s, x, weight, bias, y);
        else
            engine.Backend.ConvForwardFused(s, x, weight, bias, residual, y, gathered);
        y.Moments = gathered;
        return engine.Record(op, y, [x, weight, bias, residual], [x, weight], pass =>
        {
            pass.Give(3, pass.Dy);
            if (pass.Needs(2))
            {
                var target = pass.Target(2);
                engine.Backend.Reduce(ReduceOp.Sum, pass.Dy,
                    target with { Tensor = target.Tensor!.View([1, s.K, 1, 1], [s.K, 1, s.K, s.K], target.Tensor.Offset) });
            }

            if (pass.Needs(1))
                engine.Backend.ConvBackwardFilter(s, x, pass.Dy, pass.Target(1));
            if (pass.Needs(0))
                engine.Backend.ConvBackwardData(s, weight, pass.Dy, pass.Target(0));
        }, s);
    }

    /// <summary>Largest element of each window; NaN counts as largest. The first in row-major order takes the gradient. Backward keeps x and y.</summary>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="window">Kernel size.</param>
    /// <param name="stride">Steps; the kernel size when null.</param>
    /// <param name="padding">Border that never wins; at most half the kernel size.</param>
    /// <param name="ceilMode">Rounds the output size up.</param>
    public static Tensor MaxPool2d(this Tensor x, (int H, int W) window, (int H, int W)? stride = null, (int H, int W)? padding = null,
        bool ceilMode = false) =>
        Pool("max_pool2d", x, PoolSizes.Create("max_pool2d", PoolMode.Max, x.Shape, window, stride ?? window, padding ?? (0, 0), ceilMode, false));

    /// <summary>Mean of each window. Backward keeps nothing.</summary>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="window">Kernel size.</param>
    /// <param name="stride">Steps; the kernel size when null.</param>
    /// <param name="padding">Zero border; at most half the kernel size.</param>
    /// <param name="ceilMode">Rounds the output size up.</param>
    /// <param name="countIncludePad">Border zeros count in the divisor.</param>
    public static Tensor AvgPool2d(this Tensor x, (int H, int W) window, (int H, int W)? stride = null, (int H, int W)? padding = null, bool ceilMode = false,
        bool countIncludePad = true) =>
        Pool("avg_pool2d", x, PoolSizes.Create("avg_pool2d", PoolMode.Average, x.Shape, window, stride ?? window, padding ?? (0, 0), ceilMode,
            countIncludePad));

    /// <summary>Mean over a grid of P x Q nearly equal windows, as PyTorch's. Backward keeps nothing.</summary>
    /// <param name="x">[N, C, H, W]</param>
    /// <param name="output">Output size.</param>
    public static Tensor AdaptiveAvgPool2d(this Tensor x, (int H, int W) output) => Pool("adaptive_avg_pool2d", x, PoolSizes.Adaptive(x.Shape, output));

    private static Tensor Pool(string op, Tensor x, PoolSizes s)
    {
        Check.Float(op, "input", x);
        x = x.Contiguous();
        var engine = x.Engine;
        var y = engine.Empty(s.Output, x.DType);
        engine.Backend.PoolForward(s, x, y);
        return engine.Record(op, y, [x], s.Mode == PoolMode.Max ? [x, y] : [], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.PoolBackward(s, x, y, pass.Dy, pass.Target(0));
        }, s);
    }
}
