using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The optimizers by name: those that stand by themselves, then <c>lookahead_X</c> and <c>sam_X</c> over each.</summary>
public sealed class OptimizerCatalogue
{
    private readonly RecordCatalogue<OptimizerSettings> _plain;
    private readonly IReadOnlyDictionary<string, RecordEntry<OptimizerSettings>> _wrappers;

    internal OptimizerCatalogue(IEnumerable<Type> types)
        : this(new RecordCatalogue<OptimizerSettings>("optimizer", OptimizerSettings.Suffix, types.Where(t => !t.IsSubclassOf(typeof(WrapperSettings)))))
    {
    }

    private OptimizerCatalogue(RecordCatalogue<OptimizerSettings> plain)
    {
        _plain = plain;
        _wrappers = new[] { typeof(LookaheadSettings),
            typeof(SamSettings) }.Select(t => new RecordEntry<OptimizerSettings>("optimizer", OptimizerSettings.Suffix, t)).ToDictionary(e => $"{e.Name}_");
        Names = [.. plain.Names, .. _wrappers.Keys.SelectMany(p => plain.Names.Select(n => p + n))];
    }

    /// <summary>All names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The names of those that stand by themselves.</summary>
    public IReadOnlyList<string> PlainNames => _plain.Names;

    /// <summary>These and one more, which takes the place of an entry of its name.</summary>
    /// <typeparam name="T">The record to add.</typeparam>
    public OptimizerCatalogue With<T>() where T : OptimizerSettings => new(_plain.With<T>());

    /// <summary>The settings that an optimizer takes, a wrapper's own included.</summary>
    /// <exception cref="UsageException">unknown name (with the nearest)</exception>
    public IReadOnlyCollection<string> SettingsOf(string name)
    {
        var (wrapper, inner) = Find(name);
        return [.. inner.Settings.Union(wrapper?.Settings ?? [])];
    }

    /// <summary>The optimizer of a name with its defaults.</summary>
    /// <exception cref="UsageException">unknown name (with the nearest)</exception>
    public OptimizerSettings Create(string name) => Bind(name, (_, _) => null);

    /// <summary>The optimizer of a name with settings from elsewhere.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="value">The value of a setting and its type, or null where it keeps its default. A setting of wrapper and inner optimizer is the
    /// wrapper's.</param>
    /// <exception cref="UsageException">unknown name (with the nearest)</exception>
    public OptimizerSettings Bind(string name, Func<string, Type, object?> value)
    {
        var (wrapper, entry) = Find(name);
        if (wrapper is null)
            return entry.Bind(value);
        var inner = entry.Bind((key, type) => wrapper.Settings.Contains(key) ? null : value(key, type));
        return ((WrapperSettings)wrapper.Bind(value)) with { Inner = inner };
    }

    /// <summary>A setting of an optimizer that was made under this name; null when it has none of that name.</summary>
    public object? ValueOf(string name, OptimizerSettings settings, string key)
    {
        var (wrapper, entry) = Find(name);
        if (wrapper?.Settings.Contains(key) == true)
            return wrapper[settings, key];
        return entry.Settings.Contains(key) ? entry[wrapper is null ? settings : ((WrapperSettings)settings).Inner, key] : null;
    }

    private (RecordEntry<OptimizerSettings>? Wrapper, RecordEntry<OptimizerSettings> Inner) Find(string name)
    {
        var (prefix, wrapper) = _wrappers.FirstOrDefault(w => name.StartsWith(w.Key, StringComparison.Ordinal));
        string inner = name[(prefix?.Length ?? 0)..];
        return _plain.Names.Contains(inner) ? (wrapper, _plain.Find(inner))
            : throw new UsageException($"unknown optimizer '{name}'{NearestName.Suggest(name, Names)}; known are {string.Join(", ", _plain.Names)}, and "
                + $"{string.Join(" and ", _wrappers.Keys.Select(p => p + "X"))} over any of them");
    }
}
