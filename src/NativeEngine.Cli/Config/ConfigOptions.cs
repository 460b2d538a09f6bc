using System.CommandLine;
using System.CommandLine.Parsing;
using NativeEngine.Core;

namespace NativeEngine.Cli.Config;

/// <summary>Makes flags from the settings table and reads them back: <c>--key value</c>, <c>--no-key</c> for switches, <c>-c FILE</c>, <c>--set
/// key=value</c>.</summary>
internal sealed class ConfigOptions(IReadOnlyList<Setting> settings)
{
    private readonly Dictionary<string, (Option<string[]> Flag, Option<bool>? Negated)> _flags = [];
    private readonly Option<string[]> _files =
        new("--config", "-c")
        {
            Description = "YAML file with keys named as the flags; may be repeated", HelpName = "FILE",
            AllowMultipleArgumentsPerToken = false
        };
    private readonly Option<string[]> _set = new("--set") { Description = "set any key: --set lr=0.01; may be repeated", HelpName = "KEY=VALUE" };

    /// <summary>Adds the flags to a verb, and those for configuration files.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_files);
        command.Options.Add(_set);
        AddFlagsTo(command);
    }

    /// <summary>Adds the flags alone to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="describe">Help of a flag; null for its group, its line and its default.</param>
    public void AddFlagsTo(Command command, Func<Setting, string>? describe = null)
    {
        var defaults = new Resolved(settings);
        describe ??= s => $"[{s.Group}] {s.Help}{Default(defaults[s.Key])}";
        foreach (var setting in settings)
        {
            bool isSwitch = setting.Type == typeof(bool);
            var flag = new Option<string[]>(setting.Flag, [.. setting.Aliases])
            {
                Description = describe(setting),
                HelpName = isSwitch ? "true|false" : SettingValue.Placeholder(setting),
                Arity = isSwitch ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
            };
            flag.CompletionSources.Add([.. isSwitch ? ["true", "false"] : RunSettings.Words(setting)]);
            Option<bool>? negated = null;
            if (isSwitch)
            {
                negated = new Option<bool>(Opposite(setting.Flag)) { Hidden = true };
                command.Options.Add(negated);
            }

            command.Options.Add(flag);
            _flags[setting.Key] = (flag, negated);
        }
    }

    /// <summary>Applies files, environment and flags to <paramref name="config"/> in their order of precedence.</summary>
    public void Apply(ParseResult parsed, Resolved config)
    {
        foreach (string file in parsed.GetValue(_files) ?? [])
        {
            foreach (var (key, value, source) in ConfigFile.Read(file))
                config.Set(key, value, source);
        }

        config.SetFromEnvironment(Environment.GetEnvironmentVariable);
        foreach (var (key, value) in Pairs(parsed))
            config.Set(key, value, "--set");
        ApplyFlags(parsed, config);
    }

    /// <summary>Applies the flags alone.</summary>
    public void ApplyFlags(ParseResult parsed, Resolved config)
    {
        foreach (var setting in settings)
        {
            var (flag, negated) = _flags[setting.Key];
            bool given = parsed.GetResult(flag) is OptionResult { Implicit: false };
            bool denied = negated is not null && parsed.GetResult(negated) is OptionResult { Implicit: false };
            if (given && denied)
                throw new UsageException($"{setting.Flag} and {negated!.Name} contradict each other");
            if (given)
                config.Set(setting.Key, Last(parsed, flag) ?? "true", setting.Flag);
            else if (denied)
                config.Set(setting.Key, "false", negated!.Name);
        }
    }

    /// <summary>Every value the command line gives a key, by its flag or with --set.</summary>
    public IEnumerable<string> Given(ParseResult parsed, string key) => Pairs(parsed).Where(p => p.Key.Replace('-', '_') == key).Select(p => p.Value)
        .Concat(parsed.GetResult(_flags[key].Flag) is OptionResult { Implicit: false } ? parsed.GetValue(_flags[key].Flag) ?? [] : []);

    private IEnumerable<(string Key, string Value)> Pairs(ParseResult parsed)
    {
        foreach (string pair in parsed.GetValue(_set) ?? [])
        {
            int equals = pair.IndexOf('=');
            if (equals <= 0)
                throw new UsageException($"--set '{pair}': expected key=value");
            yield return (pair[..equals], pair[(equals + 1)..]);
        }
    }

    // A flag given twice counts as it stands last, so that a script can append to a command.
    private static string? Last(ParseResult parsed, Option<string[]> flag) => parsed.GetValue(flag)?.LastOrDefault();

    private static string Opposite(string flag) => flag.StartsWith("--no-", StringComparison.Ordinal) ? $"--{flag[5..]}" : $"--no-{flag[2..]}";

    // Where nothing is the default, the help itself says what absence means.
    private static string Default(object? value) => value is null ? "" : $" (default: {SettingValue.Format(value)})";
}
