using System.CommandLine;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Config;

/// <summary>The settings of a training run from the command line: those of the trainer and those of the device it runs on.</summary>
internal static class RunSettings
{
    /// <summary>The table, in the order help and <c>config show</c> print it.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. TrainOptions.Settings, .. DeviceOptions.Settings];

    /// <summary>What other programs call them, in small letters without signs (<see cref="NearestName.Plain"/>), and the key here.</summary>
    public static IReadOnlyDictionary<string, string> Elsewhere { get; } =
        All.SelectMany(s => s.Elsewhere, (s, name) => (s.Key, name)).ToDictionary(n => n.name, n => n.Key);

    // Words of settings whose values are no enum but names of a catalogue.
    private static readonly Dictionary<string, Func<IEnumerable<string>>> Catalogues = new()
    {
        ["dataset"] = () => DatasetFormats.Default.Names,
        ["device"] = () => ["auto", "cpu", "cuda", "soft"],
        ["loss"] = () => LossFunction.Catalogue.Names,
        ["model"] = () => ModelCatalogue.All.Select(m => m.Name),
        ["opt"] = () => OptimizerSettings.Catalogue.Names,
        ["sched"] = () => Schedule.Names,
    };

    /// <summary>The words a value may be, for completion; empty where it is no word of a list.</summary>
    public static IEnumerable<string> Words(Setting setting) => Catalogues.TryGetValue(setting.Key, out var names) ? names() : setting.Choices;

    /// <summary>The row of a key.</summary>
    public static Setting Of(string key) => All.First(s => s.Key == key);

    /// <summary>The flag of a setting for a verb that takes some of them, with its name, aliases and line.</summary>
    /// <typeparam name="T">The type of its value; one that may be null where absence means something.</typeparam>
    /// <param name="key">The setting.</param>
    /// <param name="help">What it means to this verb; null for the setting's own line.</param>
    /// <param name="absent">The value where it is not given; null for that of the type.</param>
    /// <param name="also">Further names that this verb takes.</param>
    public static Option<T> Flag<T>(string key, string? help = null, T? absent = default, params string[] also)
    {
        var row = Of(key);
        var option = new Option<T>(row.Flag, [.. row.Aliases, .. also]) { Description = help ?? row.Help };
        option.CompletionSources.Add([.. Words(row)]);
        if (absent is not null && !EqualityComparer<T>.Default.Equals(absent, default))
            option.DefaultValueFactory = _ => absent;
        return option;
    }

    /// <summary>What other programs call the flags that a verb has.</summary>
    public static IReadOnlyDictionary<string, string> ElsewhereFlags(IReadOnlyCollection<string> flags) =>
        Elsewhere.Select(n => (n.Key, Of(n.Value).Flag)).Where(n => flags.Contains(n.Flag)).ToDictionary(n => n.Key, n => n.Flag);

    /// <summary>The trainer's settings, with the contents of a stages file, and those of the device recorded beside them.</summary>
    public static TrainOptions Train(Resolved config) => Inline(StagesFile.Inline(config.Build<TrainOptions>())) with
    {
        Recorded = DeviceOptions.Settings.ToDictionary(s => s.Key, s => JsonSerializer.SerializeToElement(
            config[s.Key] is Enum choice ? SettingValue.Format(choice) : config[s.Key])),
    };

    // The run folder holds all of it: a list of transforms in a file is taken over as one line.
    private static TrainOptions Inline(TrainOptions options)
    {
        const long most = 1 << 20;
        string? Text(string? given) => given is null || given.Contains('(') || !File.Exists(given) ? given
            : string.Join(';', SmallFile.ReadText(given, most, "transforms file").Split('\n').Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0));
        return options with { Transforms = Text(options.Transforms), EvalTransforms = Text(options.EvalTransforms) };
    }

    /// <summary>The device's settings.</summary>
    public static DeviceOptions Device(Resolved config) => config.Build<DeviceOptions>() with { Warn = Shell.Terminal.Warn };
}
