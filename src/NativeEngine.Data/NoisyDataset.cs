using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A data set some of whose images are said to be of another class: each with the same chance, the wrong class drawn evenly from the others; a pure
/// function of the seed.
/// </summary>
public sealed class NoisyDataset : DerivedDataset
{
    private readonly int[] _labels;

    [SetsRequiredMembers]
    private NoisyDataset(Dataset source, int[] labels)
        : base(source) => _labels = labels;

    /// <summary>Images whose class was changed.</summary>
    public int Changed { get; private init; }

    /// <summary>Gives images another class with a chance of <paramref name="share"/>.</summary>
    /// <exception cref="UsageException">There is no other class.</exception>
    public static NoisyDataset Of(Dataset source, double share, ulong seed, NoiseKind kind = NoiseKind.Symmetric)
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
            int step = kind == NoiseKind.Pair ? 1 : 1 + Philox.Below(other, (ulong)i, classes - 1);
            labels[i] = wrong ? (source.Label(i) + step) % classes : source.Label(i);
            changed += wrong ? 1 : 0;
        }

        return new NoisyDataset(source, labels) { Changed = changed };
    }

    /// <summary>The images whose class was changed: what they are called, their class, and what they are said to be.</summary>
    public IEnumerable<(string Key, string Class, string Said)> Changes() => Enumerable.Range(0, Count).Where(i => _labels[i] != Source.Label(i))
        .Select(i => (Source.Key(i), Classes[Source.Label(i)], Classes[_labels[i]]));

    /// <inheritdoc/>
    public override int Label(int index) => _labels[index];
}
