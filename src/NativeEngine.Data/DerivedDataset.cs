using System.Diagnostics.CodeAnalysis;

namespace NativeEngine.Data;

/// <summary>A data set made of another one: whatever a derived class does not change is the source's.</summary>
public abstract class DerivedDataset : Dataset
{
    /// <summary>Takes over everything of <paramref name="source"/>.</summary>
    [SetsRequiredMembers]
    protected DerivedDataset(Dataset source)
    {
        Source = source;
        Name = source.Name;
        Channels = source.Channels;
        Height = source.Height;
        Width = source.Width;
        Classes = source.Classes;
        Mean = source.Mean;
        Std = source.Std;
    }

    /// <inheritdoc/>
    public override int Count => Source.Count;

    /// <inheritdoc/>
    public override int ImageBytes => Source.ImageBytes;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes => Source.Notes;

    /// <summary>The data set this one is made of.</summary>
    protected Dataset Source { get; }

    /// <inheritdoc/>
    public override int Label(int index) => Source.Label(index);

    /// <inheritdoc/>
    public override bool IsMultiLabel => Source.IsMultiLabel;

    /// <inheritdoc/>
    public override void ReadRow(int index, Span<float> row)
    {
        if (IsMultiLabel)
            Source.ReadRow(index, row);
        else
            base.ReadRow(index, row);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Box> Boxes(int index) => Source.Boxes(index);

    /// <inheritdoc/>
    public override string? File(int index) => Source.File(index);

    /// <inheritdoc/>
    public override string Key(int index) => Source.Key(index);

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels) => Source.Read(index, pixels);

    /// <inheritdoc/>
    public override void ReadWhole(int index, Picture picture) => Source.ReadWhole(index, picture);

    /// <inheritdoc/>
    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels) => Source.ReadCrop(index, choose, pixels);
}
