using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>A tensor brought to the host: logical row-major order.</summary>
/// <param name="Name">What it is: <c>output</c>, <c>grad.weight</c>.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="IsFloat">A float tensor: integers are compared exactly.</param>
/// <param name="Values">Its elements.</param>
public sealed record NamedValues(string Name, Shape Shape, bool IsFloat, double[] Values);
