using System.Diagnostics.CodeAnalysis;

namespace NativeEngine.Data;

/// <summary>Some images of another data set, or all, perhaps with their classes numbered anew. Nothing is copied.</summary>
internal sealed class DatasetView : DerivedDataset
{
    private readonly int[]? _indices;
    private readonly int[]? _labels;

    [SetsRequiredMembers]
    private DatasetView(Dataset source, int[]? indices, int[]? labels)
        : base(source) => (_indices, _labels) = (indices, labels);

    public override int Count => _indices?.Length ?? Source.Count;

    /// <param name="source">The images.</param>
    /// <param name="name">Shown in messages.</param>
    /// <param name="indices">Positions in the source; null is all.</param>
    /// <param name="labels">New number of each of the source's classes; null keeps them.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="moments">Mean and standard deviation.</param>
    public static DatasetView Of(Dataset source, string name, int[]? indices, int[]? labels, IReadOnlyList<string> classes, PixelMoments moments) =>
        new(source, indices, labels) { Name = name, Classes = classes, Mean = moments.Mean, Std = moments.Std };

    public override int Label(int index)
    {
        int label = Source.Label(Position(index));
        return _labels is null ? label : _labels[label];
    }

    public override void ReadRow(int index, Span<float> row)
    {
        if (!IsMultiLabel)
        {
            base.ReadRow(index, row);
            return;
        }

        var own = new float[Source.Classes.Count];
        Source.ReadRow(Position(index), own);
        row.Clear();
        for (int i = 0; i < own.Length; i++)
        {
            int to = _labels is null ? i : _labels[i];
            if (to >= 0)
                row[to] = own[i];
        }
    }

    public override IReadOnlyList<Box> Boxes(int index) => _labels is null ? Source.Boxes(Position(index))
        : [.. Source.Boxes(Position(index)).Where(b => _labels[b.Class] >= 0).Select(b => b with { Class = _labels[b.Class] })];

    public override string? File(int index) => Source.File(Position(index));

    public override string Key(int index) => Source.Key(Position(index));

    public override void Read(int index, Span<byte> pixels) => Source.Read(Position(index), pixels);

    public override void ReadWhole(int index, Picture picture) => Source.ReadWhole(Position(index), picture);

    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels) => Source.ReadCrop(Position(index), choose, pixels);

    private int Position(int index) => _indices is null ? index : _indices[index];
}
