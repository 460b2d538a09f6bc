using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A tensor under its name in the module tree.</summary>
/// <param name="Name">Dotted name: <c>bn1.running_mean</c>.</param>
/// <param name="Tensor">The tensor.</param>
public sealed record NamedTensor(string Name, Tensor Tensor);
