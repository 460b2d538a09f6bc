namespace NativeEngine.Data;

/// <summary>CIFAR-10 (Krizhevsky 2009): <c>cifar-10-batches-bin</c>, <c>cifar-10-batches-py</c>, or the archive with either.</summary>
public sealed class Cifar10Format : CifarFormat
{
    /// <inheritdoc/>
    public override string Name => "cifar10";

    /// <inheritdoc/>
    protected override string Title => "CIFAR-10";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Folders => ["cifar-10-batches-bin", "cifar-10-batches-py"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> TrainFiles => [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}")];

    /// <inheritdoc/>
    protected override string TestFile => "test_batch";

    /// <inheritdoc/>
    protected override (int Count, int Wanted) LabelBytes(LabelKind labels) => (1, 0);

    /// <inheritdoc/>
    protected override (string Text, string Pickle, string Key, int Classes) Names(LabelKind labels) => ("batches.meta.txt", "batches.meta", "label_names", 10);

    /// <inheritdoc/>
    protected override string LabelKey(LabelKind labels) => "labels";
}
