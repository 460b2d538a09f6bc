using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Batch normalisation of images [N, C, H, W].</summary>
public sealed class BatchNorm2d(Engine engine, int features, double eps = 1e-5, double momentum = 0.1) : BatchNorm(engine, features, eps, momentum, 4)
{
    /// <summary>Says that this layer reads what <paramref name="conv"/> gives; returns the layer.</summary>
    internal BatchNorm2d After(Conv2d conv)
    {
        conv.FollowedBy(this);
        return this;
    }

    /// <summary>True when <see cref="Folded"/> may stand for <paramref name="conv"/> and this layer: in evaluation, where the device gains by it and nobody
    /// records, traces or watches.</summary>
    internal bool FoldsInto(Conv2d conv) =>
        !UsesBatchStatistics && Engine is { Backend.FoldsBatchNorm: true, GradEnabled: false, Tracer: null } && Observer is null && conv.Observer is null;

    /// <summary>BN(conv(x)) in evaluation as a single convolution with the filters s·w and the bias β + s·(b - μ), s = γ/√(σ² + ε).</summary>
    /// <param name="conv">The layer before this one, whose output nobody else reads.</param>
    /// <param name="x">[N, C, H, W]</param>
    internal Tensor Folded(Conv2d conv, Tensor x) => Run(x, input =>
    {
        var (scale, shift) = ScaleAndShift();
        return conv.Scaled(input, scale, shift);
    });
}
