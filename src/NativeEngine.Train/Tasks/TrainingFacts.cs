namespace NativeEngine.Train;

/// <summary>What a task says of an update or an epoch beside its metrics.</summary>
/// <param name="Title">What it is about: <c>embeddings</c>.</param>
/// <param name="Text">A line for people.</param>
/// <param name="Values">Fields of metrics.jsonl.</param>
public record TrainingFacts(string Title, string Text, IReadOnlyDictionary<string, double> Values);
