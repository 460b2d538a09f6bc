using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>Settings of augmentation under one name; what a person gives beside it counts.</summary>
public static class AugmentPreset
{
    private static readonly string CifarPolicy = Data.AutoAugmentTransform.Policies.First();

    private static readonly Dictionary<string, (string Key, string Value)[]> Presets = new()
    {
        ["none"] = [("random_shift", "0"), ("hflip", "0"), ("scale", "none")],
        ["digits"] = [("random_shift", "2"), ("hflip", "0"), ("scale", "none")],
        ["photos"] = [("random_shift", "0"), ("hflip", "0.5"), ("scale", "0.35,1"), ("color_jitter", "0.2"), ("reprob", "0.1")],
        ["cifar"] = [("random_shift", "4"), ("hflip", "0.5"), ("scale", "none"), ("aa", CifarPolicy), ("reprob", "0.25"), ("remode", "const")],
        ["strong"] =
        [
            ("random_shift", "0"), ("hflip", "0.5"), ("scale", "0.2,1"), ("aa", "rand-m9-n2-mstd0.5-inc1"), ("reprob", "0.25"), ("mixup", "0.2"),
                ("cutmix", "1"),
        ],
    };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => Presets.Keys;

    /// <summary>The settings of a preset.</summary>
    /// <exception cref="UsageException">There is none of this name.</exception>
    public static IReadOnlyList<(string Key, string Value)> Find(string name) => Presets.GetValueOrDefault(name)
        ?? throw new UsageException($"unknown augment '{name}'{NearestName.Suggest(name, Names)}; known are {string.Join(", ", Names)}");
}
