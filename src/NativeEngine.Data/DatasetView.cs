namespace NativeEngine.Data;

/// <summary>Some images of another data set, or all, perhaps with their classes numbered anew. Nothing is copied.</summary>
internal sealed class DatasetView : Dataset
{
    private readonly Dataset _source;
    private readonly int[]? _indices;
    private readonly int[]? _labels;

    private DatasetView(Dataset source, int[]? indices, int[]? labels) => (_source, _indices, _labels) = (source, indices, labels);

    public override int Count => _indices?.Length ?? _source.Count;

    /// <param name="source">The images.</param>
    /// <param name="name">Shown in messages.</param>
    /// <param name="indices">Positions in the source; null is all.</param>
    /// <param name="labels">New number of each of the source's classes; null keeps them.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="moments">Mean and standard deviation.</param>
    public static DatasetView Of(Dataset source, string name, int[]? indices, int[]? labels, IReadOnlyList<string> classes, PixelMoments moments) => new(source, indices, labels)
    {
        Name = name,
        Channels = source.Channels,
        Height = source.Height,
        Width = source.Width,
        Classes = classes,
        Mean = moments.Mean,
        Std = moments.Std,
    };

    public override int Label(int index)
    {
        int label = _source.Label(Source(index));
        return _labels is null ? label : _labels[label];
    }

    public override string? File(int index) => _source.File(Source(index));

    public override void Read(int index, Span<byte> pixels) => _source.Read(Source(index), pixels);

    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels) => _source.ReadCrop(Source(index), choose, pixels);

    private int Source(int index) => _indices is null ? index : _indices[index];
}
