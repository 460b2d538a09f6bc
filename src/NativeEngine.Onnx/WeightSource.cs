using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx;

/// <summary>Values of a model's tensors: those of a state dict, some of them replaced.</summary>
internal sealed class WeightSource(StateDict weights)
{
    private readonly Dictionary<string, HostTensor> _replaced = [];

    /// <summary>The tensor of this name, as 32-bit floats.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    public HostTensor Get(string name, Shape shape)
    {
        if (_replaced.TryGetValue(name, out var replaced))
            return replaced;
        if (!weights.TryGetValue(name, out var tensor))
            throw new CheckpointException($"the weights have no tensor {name} {shape}");
        if (!tensor.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
            throw new CheckpointException($"{name}: model {shape}, weights [{string.Join(',', tensor.Shape)}]");
        return tensor.AsF32();
    }

    /// <summary>Puts other values under a name, new or old.</summary>
    public void Replace(string name, HostTensor tensor) => _replaced[name] = tensor;
}
