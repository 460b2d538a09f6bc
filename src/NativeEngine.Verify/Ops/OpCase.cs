using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>One op on one set of inputs: what the tests, <c>nengine gradcheck</c> and every backend run.</summary>
/// <param name="Op">The op in PyTorch's spelling: <c>conv2d</c>.</param>
/// <param name="Variant">What is special here: <c>3x3 stride 2 groups 4</c>.</param>
/// <param name="Tolerance">What a float backend may be off the reference.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Run">Calls the op; at most one of the results carries a gradient.</param>
public sealed record OpCase(string Op, string Variant, Tolerance Tolerance, IReadOnlyList<CaseInput> Inputs, Func<Engine, Tensor[], Tensor[]> Run)
{
    /// <summary>Unique name.</summary>
    public string Name => $"{Op}: {Variant}";

    /// <summary>No tie, kink or infinity near the inputs: finite differences see the gradient.</summary>
    public bool Smooth { get; init; } = true;

    /// <summary>Float elements the op keeps for backward when every input wants a gradient; null when it is not said.</summary>
    public long? SavedFloats { get; init; }

    /// <summary>Int32 elements the op keeps for backward.</summary>
    public long SavedInts { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
