using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Mean over a grid of nearly equal windows, as PyTorch's; a grid of 1 is global average pooling.</summary>
public sealed class AdaptiveAvgPool2d(Engine engine, Size2 output) : Module(engine)
{
    /// <summary>Output height and width.</summary>
    public Size2 Output { get; } = output;

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x) => x.AdaptiveAvgPool2d(Output);
}
