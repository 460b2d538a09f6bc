using NativeEngine.Cli.Devices;
using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Config;

/// <summary>Settings that follow from what the data is: the kind of a folder, and what fits the pictures in it.</summary>
internal static class DataChoice
{
    /// <summary>Sets what nobody set. Returns what was chosen and how to change it, a sentence each; nothing where all is given, as in a run that goes
    /// on.</summary>
    public static IReadOnlyList<string> Apply(Resolved config)
    {
        bool IsGiven(string key) => config.Source(key) != Resolved.Default;
        if (config["augment"] is string preset)
        {
            foreach (var (key, value) in AugmentPreset.Find(preset).Where(s => !IsGiven(s.Key)))
                config.Set(key, value, $"augment {preset}");
        }

        if (config["fold"] is string fold && !IsGiven("val_fraction"))
            config.Set("val_fraction", (1.0 / TrainOptions.FoldOf(fold).Count).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                $"fold {fold}");
        if (config["data"] is not string path)
            return [];
        var formats = DatasetFormats.Default;
        if (!IsGiven("dataset") && formats.Recognise(path) is { } recognised)
            config.Set("dataset", recognised.Name, config.Source("data"));
        var options = config.Build<TrainOptions>();
        var given = RunSettings.All.Select(s => s.Key).Where(IsGiven).ToHashSet();
        if (!FolderRecipe.Keys.Any(k => !given.Contains(k)))
            return [];
        if (formats.Find(options.Dataset).Survey(path, options.AllowEmpty) is not { } survey)
            return [];
        bool gpu = RunSettings.Device(config).IsGpu;
        var chosen = FolderRecipe.For(survey, options, given.Contains, gpu);
        string what = FolderRecipe.Describe(survey);
        foreach (var (key, value) in chosen)
            config.Set(key, value, $"chosen for {what}");
        return Sentences(chosen, what, survey, config.Build<TrainOptions>());
    }

    private static List<string> Sentences(IReadOnlyList<(string Key, string Value)> chosen, string what, FolderSurvey survey, TrainOptions options)
    {
        var sentences = new List<string>();
        string[] flags = [.. chosen.Where(c => c.Key != "val_fraction").Select(c => $"{Flag(c.Key)} {c.Value}")];
        if (flags.Length > 0)
            sentences.Add($"chosen for {what}: {string.Join(' ', flags)}   (give any of them to change it)");
        if (chosen.Any(c => c.Key == "val_fraction"))
            sentences.Add($"there is no part for validation: {100 * options.ValFraction:0.#} % of the images of each class are held out for it "
                + "(--val-fraction)");
        if (options.ImgSize is null && FolderRecipe.Enlarged(survey, options) is { } enlarged)
            sentences.Add(enlarged);
        return sentences;
    }

    private static string Flag(string key) => RunSettings.All.First(s => s.Key == key) is var setting
        && setting.Aliases.FirstOrDefault(a => a.Length == 2) is { } letter ? letter : setting.Flag;
}
