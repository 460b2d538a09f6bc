using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Vectors of a loss on the device, uploaded once. Takes no part in the equality of the record that keeps it.</summary>
internal sealed class DeviceVectors : IEquatable<DeviceVectors>
{
    private readonly Dictionary<IReadOnlyList<double>, Tensor> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>The vector, or what is made of it, on the device of a tensor.</summary>
    public Tensor On(IReadOnlyList<double> values, Tensor like, Func<IReadOnlyList<double>, double[]>? made)
    {
        if (_known.TryGetValue(values, out var known) && known.Engine == like.Engine)
            return known;
        var tensor = like.Engine.EmptyPersistent([values.Count]);
        tensor.CopyFrom<double>(made?.Invoke(values) ?? values.ToArray());
        return _known[values] = tensor;
    }

    public bool Equals(DeviceVectors? other) => true;

    public override bool Equals(object? obj) => obj is DeviceVectors;

    public override int GetHashCode() => 0;
}
