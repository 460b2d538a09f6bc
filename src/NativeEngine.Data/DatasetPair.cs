namespace NativeEngine.Data;

/// <summary>The parts of a data set: what is trained on and what is evaluated on.</summary>
/// <param name="Train">Training part.</param>
/// <param name="Eval">Test or validation part.</param>
public sealed record DatasetPair(Dataset Train, Dataset Eval);
