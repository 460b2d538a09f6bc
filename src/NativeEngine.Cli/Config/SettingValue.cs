using System.Globalization;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Train;

namespace NativeEngine.Cli.Config;

/// <summary>Converts between the text of flags, YAML and environment and the typed properties of the options.</summary>
internal static class SettingValue
{
    /// <summary>The word help shows for a list.</summary>
    public const string ListPlaceholder = "X,X";

    /// <summary>
    /// Parses <paramref name="text"/> for a setting; <paramref name="where"/> names the source in errors. Where a value may be absent, "none" and "null"
    /// say so.
    /// </summary>
    public static object? Parse(Setting setting, string? text, string where) => Parse(setting, setting.Type, setting.IsNullable, text, where);

    private static object? Parse(Setting setting, Type type, bool nullable, string? text, string where)
    {
        if (nullable && (text is null or "" or "null" or "none" or "~"))
            return null;
        if (text is null || (text.Length == 0 && Element(type) is null))
            throw new UsageException($"{where}: {setting.Key} needs a value");

        if (type == typeof(string))
            return text;

        if (type == typeof(bool))
        {
            return text.ToLowerInvariant() switch
            {
                "true" or "yes" or "on" or "1" => true,
                "false" or "no" or "off" or "0" => false,
                _ => throw Expected("true or false"),
            };
        }

        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int i) ? i : throw Expected("a whole number");
        if (type == typeof(long))
            return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long l) ? l : throw Expected("a whole number");
        if (type == typeof(ulong))
            return ulong.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out ulong u) ? u : throw Expected("a whole number ≥ 0");
        if (type == typeof(double))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double d) && double.IsFinite(d) ? d : throw Expected("a number");
        if (Element(type) is { } element)
        {
            char[] between = element == typeof(string) ? [','] : [',', ' ']; // names may hold blanks
            var items = text.Trim('[', ']', '(', ')').Split(between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var array = Array.CreateInstance(element, items.Length);
            for (int k = 0; k < items.Length; k++)
                array.SetValue(Parse(setting, element, nullable: false, items[k], where), k);
            return array;
        }

        if (type == typeof(Moment))
            return Moment.Parse(text) ?? throw Expected("epochs such as 2.5, or updates such as 5000it");
        if (type.IsEnum)
        {
            string? name = Enum.GetNames(type).FirstOrDefault(n => NearestName.Plain(n) == NearestName.Plain(text));
            return name is not null ? Enum.Parse(type, name) : throw new UsageException($"{where}: unknown {setting.Key} "
                + $"'{text}'{NearestName.Suggest(text, setting.Choices)}; known are {string.Join(", ", setting.Choices)}");
        }

        throw new InvalidOperationException($"setting {setting.Key} has unsupported type {type.Name}");

        UsageException Expected(string what) => new($"{where}: {setting.Key} '{text}': expected {what}");
    }

    /// <summary>The value as YAML text that <see cref="Parse(Setting, string?, string)"/> reads back to the same value.</summary>
    public static string Format(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        string s => Quote(s),
        Moment m => Quote(m.ToString()) is var text && m.InUpdates ? text : m.ToString(),
        Enum e => JsonNamingPolicy.SnakeCaseLower.ConvertName(e.ToString()),
        System.Collections.IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Format))}]",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>The word help shows for a value of this type.</summary>
    public static string Placeholder(Setting setting)
    {
        var type = setting.Type;
        return setting.Choices.Count > 0 ? string.Join('|', setting.Choices)
            : type == typeof(int) || type == typeof(long) || type == typeof(ulong) ? "N"
            : type == typeof(double) || type == typeof(Moment) ? "X"
            : Element(type) is not null ? ListPlaceholder
            : setting.Key.ToUpperInvariant();
    }

    private static Type? Element(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;

    private static string Quote(string s) =>
        s.Length > 0 && s.All(c => char.IsLetterOrDigit(c) || "._-/+".Contains(c)) && s is not ("null" or "none" or "true" or "false" or "~")
            && !double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? s
            : $"\"{s.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
}
