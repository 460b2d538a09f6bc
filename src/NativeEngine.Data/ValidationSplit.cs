using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Which images are held out for validation. That is a property of the image: of each class the images with the smallest hashes of (seed,
/// <see cref="Dataset.Key"/>) are held out, so neither the order of files nor what lies beside an image matters. Drawn anew after an image came or went, at
/// most one image of its class changes sides; kept (each class by its threshold), no image does, and new ones are decided by the same rule.
/// </summary>
public sealed class ValidationSplit
{
    private Dictionary<string, ClassSplit>? _thresholds;

    /// <summary>Key of the hash.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Part of the images of each class that was asked for.</summary>
    public required double Fraction { get; init; }

    /// <summary>The classes that were split.</summary>
    public required IReadOnlyList<ClassSplit> Classes { get; init; }

    /// <summary>Images held out.</summary>
    [JsonIgnore]
    public int Held => Classes.Sum(c => c.Held);

    /// <summary>Images there were.</summary>
    [JsonIgnore]
    public int Images => Classes.Sum(c => c.Images);

    /// <summary>
    /// Splits a data set class by class. Of n images of a class round(n · fraction) are held out; of two or more at least one is, and at least one is not.
    /// </summary>
    /// <exception cref="UsageException">The fraction leaves one part empty.</exception>
    /// <param name="data">The images.</param>
    /// <param name="fraction">Part of each class.</param>
    /// <param name="seed">Key of the hash.</param>
    /// <param name="fold">Which of 1 / fraction parts, counted from 0; the parts of one seed have no image in common, and all images are in one.</param>
    public static ValidationSplit Draw(Dataset data, double fraction, ulong seed, int fold = 0)
    {
        var hashes = data.Classes.Select(_ => new List<ulong>()).ToArray();
        for (int i = 0; i < data.Count; i++)
            hashes[data.Label(i)].Add(Hash(seed, data.Key(i)));
        var classes = new List<ClassSplit>();
        foreach (var (name, all) in data.Classes.Zip(hashes))
        {
            int held = fraction is > 0 and < 1 && all.Count > 1
                ? Math.Clamp((int)Math.Round(all.Count * (decimal)fraction, MidpointRounding.AwayFromZero), 1, all.Count - 1) : 0;
            all.Sort();
            if (fold > 0)
            {
                // The first part holds as many as without folds; the others share the rest.
                int parts = (int)Math.Round(1 / fraction), from = Start(fold), to = Start(fold + 1);
                int Start(int k) => held + (int)Math.Round((all.Count - held) * (k - 1.0) / (parts - 1));
                classes.Add(new ClassSplit(name, all.Count, to - from, to > from ? all[to - 1] : null) { Above = from > 0 ? all[from - 1] : null });
                continue;
            }

            classes.Add(new ClassSplit(name, all.Count, held, held > 0 ? all[held - 1] : null));
        }

        var split = new ValidationSplit { Seed = seed, Fraction = fraction, Classes = classes };
        return split.Held > 0 ? split : throw new UsageException($"val_fraction {fraction}: expected a class with two images or more, of which one can be "
            + $"held out; {data.Name} has {data.Count} images in {data.Classes.Count} classes, so add images or a folder val");
    }

    /// <summary>True for an image that is held out.</summary>
    /// <param name="name">Its class.</param>
    /// <param name="key">Its <see cref="Dataset.Key"/>.</param>
    public bool Holds(string name, string key)
    {
        _thresholds ??= Classes.ToDictionary(c => c.Name, StringComparer.Ordinal);
        return _thresholds.GetValueOrDefault(name) is { Threshold: { } threshold } split && Hash(Seed, key) is var hash && hash <= threshold
            && !(hash <= split.Above);
    }

    /// <summary>True for a class that was split.</summary>
    public bool Knows(string name) => Classes.Any(c => c.Name == name);

    /// <summary>The two parts; both keep the original order.</summary>
    /// <exception cref="DataException">None of the images of one part is there any more.</exception>
    public (Dataset Train, Dataset Validation) Apply(Dataset data)
    {
        var sides = Enumerable.Range(0, data.Count).ToLookup(i => Holds(data.Classes[data.Label(i)], data.Key(i)));
        if (!sides.Contains(true) || !sides.Contains(false))
            throw new DataException($"{data.Name}: of the images that are {(sides.Contains(true) ? "trained on" : "held out for validation")} none is there");
        return (data.Select(data.Name, [.. sides[false]]), data.Select($"{data.Name} (held out)", [.. sides[true]]));
    }

    private static ulong Hash(ulong seed, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{key}"), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
