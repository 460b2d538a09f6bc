using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Largest element of each window; the stride defaults to the window.</summary>
public sealed class MaxPool2d(Engine engine, Size2 kernel, Size2? stride = null, Size2? padding = null, bool ceilMode = false) : Module(engine)
{
    /// <summary>Window.</summary>
    public Size2 Kernel { get; } = kernel;

    /// <summary>Steps of the window.</summary>
    public Size2 Stride { get; } = stride ?? kernel;

    /// <summary>Border that never wins.</summary>
    public Size2 Padding { get; } = padding ?? 0;

    /// <summary>Rounds the output size up.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x) => x.MaxPool2d(Kernel, Stride, Padding, CeilMode);
}
