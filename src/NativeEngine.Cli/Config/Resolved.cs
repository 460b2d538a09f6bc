using NativeEngine.Core;

namespace NativeEngine.Cli.Config;

/// <summary>
/// The configuration of a run with the source of every value. Precedence: defaults &lt; files in order &lt; environment &lt; flags.
/// </summary>
internal sealed class Resolved
{
    /// <summary>The source of a value that nobody gave.</summary>
    public const string Default = "default";

    private readonly IReadOnlyList<Setting> _settings;
    private readonly Dictionary<string, (object? Value, string Source)> _values = [];

    public Resolved(IReadOnlyList<Setting> settings)
    {
        _settings = settings;
        foreach (var owner in settings.GroupBy(s => s.Property.DeclaringType!))
        {
            object defaults = Activator.CreateInstance(owner.Key)!;
            foreach (var setting in owner)
                _values[setting.Key] = (setting.Property.GetValue(defaults), Default);
        }
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
            ?? throw new UsageException($"{source}: unknown key '{key}'{NearestName.Suggest(key, _settings.Select(s => s.Key), RunSettings.Elsewhere)}");
        _values[setting.Key] = (SettingValue.Parse(setting, text, source), source);
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

    /// <summary>The options of one kind with all values applied.</summary>
    /// <typeparam name="T">The record whose properties the keys name.</typeparam>
    public T Build<T>() where T : class, new()
    {
        var options = new T();
        foreach (var setting in _settings.Where(s => s.Property.DeclaringType == typeof(T)))
            setting.Property.SetValue(options, _values[setting.Key].Value);
        return options;
    }
}
