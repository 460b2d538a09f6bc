using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Boxes with their classes, any number for each image. On the device three tensors over the boxes of all images, T of them: corners [T, 4] (left, top,
/// right, bottom), classes Int32 [T], and the image of the batch that each belongs to, Int32 [T].
/// </summary>
public sealed class BoxTargets : TargetBatch
{
    private readonly List<IReadOnlyList<Box>> _boxes = [];

    /// <summary>The boxes of each image.</summary>
    public IReadOnlyList<IReadOnlyList<Box>> Boxes => _boxes;

    /// <inheritdoc/>
    protected override void Read(Dataset data, ReadOnlySpan<int> samples)
    {
        _boxes.Clear();
        foreach (int sample in samples)
            _boxes.Add(data.Boxes(sample));
    }

    /// <inheritdoc/>
    protected override TargetBatch CopyValues()
    {
        var copy = new BoxTargets();
        copy._boxes.AddRange(_boxes);
        return copy;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Send(Engine engine)
    {
        float[] corners = [.. _boxes.SelectMany(image => image.SelectMany(b => new[] { b.Left, b.Top, b.Right, b.Bottom }))];
        int[] classes = [.. _boxes.SelectMany(image => image.Select(b => b.Class))];
        int[] images = [.. _boxes.SelectMany((image, i) => image.Select(_ => i))];
        return [engine.From(corners, [classes.Length, 4]), engine.From(classes, [classes.Length]), engine.From(images, [classes.Length])];
    }
}
