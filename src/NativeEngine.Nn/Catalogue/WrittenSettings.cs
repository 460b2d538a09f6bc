using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Settings as they were written, <c>margin=0.5,soft_margin=true</c>, of which each is known.</summary>
public sealed class WrittenSettings
{
    private readonly string _where;
    private readonly Dictionary<string, string> _values;

    /// <param name="text">The settings; empty for none.</param>
    /// <param name="where">Begins every error: <c>loss triplet</c>.</param>
    /// <param name="known">The settings there are.</param>
    /// <exception cref="UsageException">An unknown setting (with the nearest), or one given twice.</exception>
    public WrittenSettings(string text, string where, IReadOnlyCollection<string> known)
    {
        _where = where;
        _values = OptionText.Parse(text, where).ToDictionary(p => p.Key, p => p.Value);
        foreach (string key in _values.Keys)
        {
            if (!known.Contains(key))
                throw new UsageException($"{where} has no parameter '{key}'{NearestName.Suggest(key, known)}; it takes "
                    + $"{(known.Count == 0 ? "nothing" : string.Join(", ", known))}");
        }
    }

    /// <summary>The settings that were written.</summary>
    public IReadOnlySet<string> Keys => _values.Keys.ToHashSet();

    /// <summary>The value of one, or null.</summary>
    /// <exception cref="UsageException">A value of another type.</exception>
    public object? Value(string key, Type type) => _values.TryGetValue(key, out string? text) ? OptionText.Value(text, type, $"{_where}: {key} = {text}")
        : null;
}
