using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A data set some of whose images are said to be of another class: each with the same chance, the wrong class drawn evenly from the others; a pure
/// function of the seed.
/// </summary>
public sealed class NoisyDataset : Dataset
{
    private readonly Dataset _source;
    private readonly int[] _labels;

    private NoisyDataset(Dataset source, int[] labels) => (_source, _labels) = (source, labels);

    /// <summary>Images whose class was changed.</summary>
    public int Changed { get; private init; }

    /// <inheritdoc/>
    public override int Count => _source.Count;

    /// <inheritdoc/>
    public override int ImageBytes => _source.ImageBytes;

    /// <summary>Gives images another class with a chance of <paramref name="share"/>.</summary>
    /// <exception cref="UsageException">There is no other class.</exception>
    public static NoisyDataset Of(Dataset source, double share, ulong seed)
    {
        int classes = source.Classes.Count;
        if (classes < 2)
            throw new UsageException($"label_noise {share}: {source.Name} has one class only");
        var chance = new PhiloxKey(seed, RandomStream.Split, 2);
        var other = chance with { Step = 3 };
        var labels = new int[source.Count];
        int changed = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            bool wrong = Philox.Uniform(chance, (ulong)i) < share;
            labels[i] = wrong ? (source.Label(i) + 1 + Philox.Below(other, (ulong)i, classes - 1)) % classes : source.Label(i);
            changed += wrong ? 1 : 0;
        }

        return new NoisyDataset(source, labels)
        {
            Name = source.Name,
            Channels = source.Channels,
            Height = source.Height,
            Width = source.Width,
            Classes = source.Classes,
            Mean = source.Mean,
            Std = source.Std,
            Changed = changed,
        };
    }

    /// <inheritdoc/>
    public override int Label(int index) => _labels[index];

    /// <inheritdoc/>
    public override string? File(int index) => _source.File(index);

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels) => _source.Read(index, pixels);

    /// <inheritdoc/>
    public override void ReadCrop(int index, Func<int, int, CropBox> choose, Span<byte> pixels) => _source.ReadCrop(index, choose, pixels);
}
