using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A number for each class of each image: soft labels that sum to 1, or 1 for each class that is in the image. On the device one tensor, [N, K].
/// </summary>
/// <param name="capacity">Images at most.</param>
/// <param name="classes">K</param>
public sealed class ClassRows(int capacity, int classes) : TargetBatch
{
    private readonly float[] _rows = new float[capacity * classes];

    /// <summary>Numbers per image.</summary>
    public int Classes => classes;

    /// <summary>[Count, K]; may be written, as mixing images mixes their rows.</summary>
    public Span<float> Rows => _rows.AsSpan(0, Count * classes);

    /// <inheritdoc/>
    protected override void Read(Dataset data, ReadOnlySpan<int> samples)
    {
        for (int i = 0; i < samples.Length; i++)
            data.ReadRow(samples[i], _rows.AsSpan(i * classes, classes));
    }

    /// <inheritdoc/>
    protected override TargetBatch CopyValues()
    {
        var copy = new ClassRows(Count, classes);
        Rows.CopyTo(copy._rows);
        return copy;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Send(Engine engine) => [engine.From((ReadOnlySpan<float>)Rows, [Count, classes])];
}
