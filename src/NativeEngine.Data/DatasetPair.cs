namespace NativeEngine.Data;

/// <summary>The parts of a data set: what is trained on and what is evaluated on.</summary>
/// <param name="Train">Training part.</param>
/// <param name="Eval">Test or validation part.</param>
public sealed record DatasetPair(Dataset Train, Dataset Eval)
{
    /// <summary>How the evaluated images were held out of the others; null where they are a part of their own.</summary>
    public ValidationSplit? Split { get; init; }

    /// <summary>What a person should know about the parts, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
