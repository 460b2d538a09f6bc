using System.Reflection;
using NativeEngine.Core;

namespace NativeEngine.Cli.Config;

/// <summary>
/// The configuration of a run with the source of every value. Precedence: defaults &lt; files in order &lt; environment &lt; flags.
/// </summary>
/// <typeparam name="T">The options record whose properties the keys name.</typeparam>
internal sealed class Resolved<T> where T : class, new()
{
    /// <summary>The source of a value that nobody gave.</summary>
    public const string Default = "default";

    private readonly IReadOnlyList<Setting> _settings;
    private readonly Dictionary<string, (object? Value, string Source)> _values = [];

    public Resolved(IReadOnlyList<Setting> settings)
    {
        _settings = settings;
        var defaults = new T();
        foreach (var setting in settings)
            _values[setting.Key] = (Property(setting).GetValue(defaults), Default);
    }

    /// <summary>Every key with its value and where it came from, in the table's order.</summary>
    public IEnumerable<(Setting Setting, object? Value, string Source)> Entries => _settings.Select(s => (s, _values[s.Key].Value, _values[s.Key].Source));

    /// <summary>The current value of a key.</summary>
    public object? this[string key] => _values[key].Value;

    /// <summary>Where the current value of a key came from.</summary>
    public string Source(string key) => _values[key].Source;

    /// <summary>Sets a key from text and returns its full name; an unknown key is an error that names the nearest.</summary>
    public string Set(string key, string? text, string source)
    {
        key = key.Replace('-', '_');
        var setting = _settings.FirstOrDefault(s => s.Key == key || s.Aliases.Any(a => a.TrimStart('-').Replace('-', '_') == key))
            ?? throw new UsageException($"{source}: unknown key '{key}'{NearestName.Suggest(key, _settings.Select(s => s.Key), OtherPrograms.Keys)}");
        var property = Property(setting);
        bool nullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        _values[setting.Key] = (SettingValue.Parse(setting, property.PropertyType, nullable, text, source), source);
        return setting.Key;
    }

    /// <summary>Sets every NENGINE_* variable that names a key.</summary>
    public void SetFromEnvironment(Func<string, string?> variable)
    {
        foreach (var setting in _settings)
        {
            if (setting.Variables.FirstOrDefault(v => variable(v) is { Length: > 0 }) is { } name)
                Set(setting.Key, variable(name), name);
        }
    }

    /// <summary>The options with all values applied.</summary>
    public T Build()
    {
        var options = new T();
        foreach (var setting in _settings)
            Property(setting).SetValue(options, _values[setting.Key].Value);
        return options;
    }

    /// <summary>The property type of a setting.</summary>
    public static Type TypeOf(Setting setting) => Property(setting).PropertyType;

    private static PropertyInfo Property(Setting setting)
    {
        string name = string.Concat(setting.Key.Split('_').Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        return typeof(T).GetProperty(name) ?? throw new InvalidOperationException($"{typeof(T).Name} has no property {name} for the key {setting.Key}");
    }
}
