namespace NativeEngine.Data;

/// <summary>
/// CIFAR-100 (Krizhevsky 2009): <c>cifar-100-binary</c>, <c>cifar-100-python</c>, or the archive with either; its 100 classes, or the 20 groups of them.
/// </summary>
public sealed class Cifar100Format : CifarFormat
{
    /// <inheritdoc/>
    public override string Name => "cifar100";

    /// <inheritdoc/>
    protected override string Title => "CIFAR-100";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Folders => ["cifar-100-binary", "cifar-100-python"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> TrainFiles => ["train"];

    /// <inheritdoc/>
    protected override string TestFile => "test";

    /// <inheritdoc/>
    protected override (int Count, int Wanted) LabelBytes(LabelKind labels) => (2, labels == LabelKind.Coarse ? 0 : 1);

    /// <inheritdoc/>
    protected override (string Text, string Pickle, string Key, int Classes) Names(LabelKind labels) => labels == LabelKind.Coarse
        ? ("coarse_label_names.txt", "meta", "coarse_label_names", 20) : ("fine_label_names.txt", "meta", "fine_label_names", 100);

    /// <inheritdoc/>
    protected override string LabelKey(LabelKind labels) => labels == LabelKind.Coarse ? "coarse_labels" : "fine_labels";
}
