using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>y = x; stands where a layer was left out.</summary>
public sealed class Identity(Engine engine) : Module(engine)
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x;
}
