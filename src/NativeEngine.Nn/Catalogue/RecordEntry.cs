using System.Reflection;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One record of a <see cref="RecordCatalogue{T}"/>: its names and settings.</summary>
/// <typeparam name="T">The record they all derive from.</typeparam>
public sealed class RecordEntry<T> where T : class
{
    private readonly string _kind;
    private readonly ConstructorInfo _constructor;
    private readonly Dictionary<string, PropertyInfo> _settings;

    internal RecordEntry(string kind, string suffix, Type type)
    {
        (_kind, Type) = (kind, type);
        _constructor = type.GetConstructors().SingleOrDefault(c => c.GetParameters().All(p => p.HasDefaultValue))
            ?? throw new InvalidOperationException($"{kind} {type.FullName}: give every parameter of its constructor a default value");
        Names = RecordName.Of(type, suffix);
        _settings = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && OptionText.Reads(p.PropertyType))
            .OrderBy(p => Depth(p.DeclaringType!)).ToDictionary(RecordName.Of); // what a family shares comes first
    }

    /// <summary>The record's type.</summary>
    public Type Type { get; }

    /// <summary>The name.</summary>
    public string Name => Names[0];

    /// <summary>The name, then other words for it.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The settings as a person writes them.</summary>
    public IReadOnlyCollection<string> Settings => _settings.Keys;

    /// <summary>The record with its defaults.</summary>
    public T Create() => (T)_constructor.Invoke([.. _constructor.GetParameters()
        .Select(p => p.DefaultValue is null or DBNull && p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : p.DefaultValue)]);

    /// <summary>The record with what is written in its parentheses, <c>margin=0.5,soft_margin=true</c>.</summary>
    /// <param name="text">The settings.</param>
    /// <param name="given">Those that were written.</param>
    /// <exception cref="UsageException">An unknown setting (with the nearest), one given twice, or a value of another type.</exception>
    public T Parse(string text, out IReadOnlySet<string> given)
    {
        var written = new WrittenSettings(text, $"{_kind} {Name}", Settings);
        given = written.Keys;
        return Bind(written.Value);
    }

    /// <summary>The record with settings from elsewhere.</summary>
    /// <param name="value">The value of a setting and its type, or null where it keeps its default.</param>
    public T Bind(Func<string, Type, object?> value)
    {
        var record = Create();
        foreach (var (key, property) in _settings)
        {
            if (value(key, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is { } given)
                property.SetValue(record, given);
        }

        return record;
    }

    /// <summary>The value of a setting.</summary>
    public object? this[T record, string key] => _settings[key].GetValue(record);

    private static int Depth(Type type) => type.BaseType is { } parent ? 1 + Depth(parent) : 0;
}
