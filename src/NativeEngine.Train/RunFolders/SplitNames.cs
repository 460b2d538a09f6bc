namespace NativeEngine.Train;

/// <summary>The images of a run by their <see cref="Data.Dataset.Key"/>, as split.json has them.</summary>
/// <param name="Validation">Those held out.</param>
/// <param name="Train">Those trained on.</param>
public sealed record SplitNames(IReadOnlyList<string> Validation, IReadOnlyList<string> Train);
