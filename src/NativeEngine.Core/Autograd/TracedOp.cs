namespace NativeEngine.Core;

/// <summary>One operation with its tensors as it ran, recorded or not: what a translator of models reads (<see cref="Engine.Tracer"/>).</summary>
/// <param name="Op">PyTorch's name of the operation.</param>
/// <param name="Layer">Dotted name of the layer.</param>
/// <param name="Output">Its output.</param>
/// <param name="Inputs">Its tensors in the order of the operation's arguments; null where an optional one is absent.</param>
/// <param name="Arguments">
/// What it ran with besides tensors: the sizes struct of its family (<see cref="ConvSizes"/>, <see cref="PoolSizes"/>, <see cref="BatchNormSizes"/>,
/// <see cref="LayerNormSizes"/>, <see cref="GroupNormSizes"/>), a <see cref="UnaryCall"/>, a <see cref="BinaryOp"/>, the axes as <c>int[]</c>
/// (reductions, softmax, cat, permute), or null where the shapes say everything.
/// </param>
public sealed record TracedOp(string Op, string Layer, Tensor Output, IReadOnlyList<Tensor?> Inputs, object? Arguments);

/// <summary>An element-wise function with its parameters.</summary>
/// <param name="Op">The function.</param>
/// <param name="Args">Its parameters.</param>
public readonly record struct UnaryCall(UnaryOp Op, UnaryArgs Args);
