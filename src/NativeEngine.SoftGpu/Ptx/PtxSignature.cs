namespace NativeEngine.SoftGpu;

/// <summary>
/// What a function takes and gives. Both lie at the start of the function's frame in local memory, results first, so that a caller that knows only a
/// prototype finds them where the function does.
/// </summary>
/// <param name="Results">What it gives.</param>
/// <param name="Parameters">What it takes.</param>
/// <param name="Bytes">Bytes of the frame that both take.</param>
internal sealed record PtxSignature(IReadOnlyList<PtxVariable> Results, IReadOnlyList<PtxVariable> Parameters, int Bytes)
{
    /// <summary>Neither takes nor gives anything.</summary>
    public static PtxSignature Empty { get; } = new([], [], 0);

    /// <summary>True when both lay out their frames alike.</summary>
    public bool Fits(PtxSignature other) => Shape(Results).SequenceEqual(Shape(other.Results)) && Shape(Parameters).SequenceEqual(Shape(other.Parameters));

    public override string ToString() => (Results.Count == 0 ? "" : $"({Describe(Results)}) ") + $"_ ({Describe(Parameters)})";

    private static IEnumerable<(long, int)> Shape(IReadOnlyList<PtxVariable> variables) => variables.Select(variable => (variable.Bytes, variable.Offset));

    private static string Describe(IReadOnlyList<PtxVariable> variables) =>
        string.Join(", ", variables.Select(variable => $".{variable.Type.Spelling()}{(variable.IsArray ? $"[{variable.Count}]" : "")}"));
}
