namespace NativeEngine.Verify;

/// <summary>What running an <see cref="OpCase"/> gave.</summary>
/// <param name="Tensors">Outputs and gradients of every pass, in order.</param>
public sealed record OpResult(IReadOnlyList<NamedValues> Tensors);
