using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>[N, C, H, W] to [N, C·H·W], in that order.</summary>
public sealed class Flatten(Engine engine, int startAxis = 1) : Module(engine)
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Flatten(startAxis);
}
