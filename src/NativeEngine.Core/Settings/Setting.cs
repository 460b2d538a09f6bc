using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace NativeEngine.Core;

/// <summary>A row of the table of settings: a property of an options record with its <see cref="SettingAttribute"/>.</summary>
public sealed class Setting
{
    private readonly SettingAttribute _row;

    private Setting(PropertyInfo property, SettingAttribute row, IReadOnlyDictionary<string, string> words)
    {
        (Property, _row) = (property, row);
        Key = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
        Help = words.Aggregate(row.Help, (text, word) => text.Replace($"{{{word.Key}}}", word.Value));
        IsNullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
    }

    /// <summary>The property.</summary>
    public PropertyInfo Property { get; }

    /// <summary>Its name in configuration files: <c>batch_size</c>.</summary>
    public string Key { get; }

    /// <summary>Heading in help.</summary>
    public string Group => _row.Group;

    /// <summary>One line, lower case.</summary>
    public string Help { get; }

    /// <summary>Further flags, with their dashes.</summary>
    public IReadOnlyList<string> Aliases => _row.Aliases;

    /// <summary>True where the stages of a run may differ in it.</summary>
    public bool PerStage => _row.PerStage;

    /// <summary>What other programs call it.</summary>
    public IReadOnlyList<string> Elsewhere => _row.Elsewhere.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>True where it may be absent.</summary>
    public bool IsNullable { get; }

    /// <summary>The type of its values, without the wrapper of those that may be absent.</summary>
    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>The words that an enum may take; empty for other types.</summary>
    public IReadOnlyList<string> Choices => Type.IsEnum ? [.. Enum.GetNames(Type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)] : [];

    /// <summary>The flag: <c>--batch-size</c>.</summary>
    public string Flag => $"--{Key.Replace('_', '-')}";

    /// <summary>The environment variable: <c>NENGINE_BATCH_SIZE</c>.</summary>
    public string Variable => VariableOf(Key);

    /// <summary>The environment variable, and those of the long aliases: <c>NENGINE_WD</c>.</summary>
    public IEnumerable<string> Variables =>
        Aliases.Where(a => a.StartsWith("--", StringComparison.Ordinal)).Select(a => VariableOf(a[2..])).Prepend(Variable);

    /// <summary>The allowed numbers in words: <c>0 up to but not including 1</c>; null where any is.</summary>
    public string? Expected
    {
        get
        {
            if (Bounds() is not { } b)
                return null;
            string unit = _row.Unit.Length > 0 ? $" {_row.Unit}" : "";
            if (b.High is null)
                return b.LowOpen ? $"a number above {b.Low}{unit}" : _row.Unit.Length > 0 ? $"{b.Low} or more{unit}"
                    : b.Low == 0 && Type == typeof(double) ? "a number that is not negative" : $"at least {b.Low}";
            string low = b.LowOpen ? $"above {b.Low}" : $"{b.Low}";
            return b.HighOpen ? $"{low} up to but not including {b.High}{unit}" : b.LowOpen ? $"{low} up to {b.High}{unit}" : $"{low}..{b.High}{unit}";
        }
    }

    /// <summary>The settings of an options record in the order of its properties.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="groups">The order of the groups; null as they come.</param>
    /// <param name="words">What stands for the words in braces.</param>
    public static IReadOnlyList<Setting> AllOf<T>(IReadOnlyList<string>? groups = null, IReadOnlyDictionary<string, string>? words = null) =>
    [
        .. typeof(T).GetProperties().Select(p => (Property: p, Row: p.GetCustomAttribute<SettingAttribute>())).Where(p => p.Row is not null)
            .OrderBy(p => groups?.ToList().IndexOf(p.Row!.Group) ?? 0).ThenBy(p => p.Property.MetadataToken)
            .Select(p => new Setting(p.Property, p.Row!, words ?? new Dictionary<string, string>())),
    ];

    /// <summary>Checks a value against the range.</summary>
    /// <param name="value">The value; null passes.</param>
    /// <exception cref="UsageException">Names the key, what was expected and what it is.</exception>
    public void Check(object? value)
    {
        if (value is null || Bounds() is not { } b)
            return;
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        bool low = b.LowOpen ? number > b.Low : number >= b.Low, high = b.High is not { } most || (b.HighOpen ? number < most : number <= most);
        if (!low || !high || !double.IsFinite(number))
            throw new UsageException($"{Key} {value}: expected {Expected}");
    }

    private (double Low, bool LowOpen, double? High, bool HighOpen)? Bounds()
    {
        if (_row.Range.Length == 0)
            return null;
        string[] ends = _row.Range.Split("..");
        bool lowOpen = ends[0].StartsWith('>'), highOpen = ends[1].StartsWith('<');
        return (Number(ends[0].TrimStart('>')), lowOpen, ends[1].Length == 0 ? null : Number(ends[1].TrimStart('<')), highOpen);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string VariableOf(string name) => $"NENGINE_{name.Replace('-', '_').ToUpperInvariant()}";
}
