using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Mean of each window; the stride defaults to the window.</summary>
public sealed class AvgPool2d(Engine engine, Size2 kernel, Size2? stride = null, Size2? padding = null, bool ceilMode = false, bool countIncludePad = true)
    : Module(engine)
{
    /// <summary>Window.</summary>
    public Size2 Kernel { get; } = kernel;

    /// <summary>Steps of the window.</summary>
    public Size2 Stride { get; } = stride ?? kernel;

    /// <summary>Zero border.</summary>
    public Size2 Padding { get; } = padding ?? 0;

    /// <summary>Rounds the output size up.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>Border zeros count in the divisor.</summary>
    public bool CountIncludePad { get; } = countIncludePad;

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x) => x.AvgPool2d(Kernel, Stride, Padding, CeilMode, CountIncludePad);
}
