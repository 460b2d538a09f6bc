using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Options as a person writes them, <c>margin=0.5,soft_margin=true,weight=[1,2,0.5]</c>.
/// </summary>
public static class OptionText
{
    /// <summary>Reads <c>key=value</c> pairs separated by commas; a list stands in square brackets.</summary>
    /// <param name="text">The pairs; empty for none.</param>
    /// <param name="where">Begins every error: <c>loss triplet</c>.</param>
    /// <exception cref="UsageException">A pair that cannot be read, or a key given twice.</exception>
    public static IReadOnlyList<(string Key, string Value)> Parse(string text, string where)
    {
        var pairs = new List<(string Key, string Value)>();
        if (text.Trim().Length == 0)
            return pairs;
        foreach (string part in SplitOutside(text, ',', "[(", ")]"))
        {
            int equals = part.IndexOf('=');
            string key = equals < 0 ? "" : part[..equals].Trim().Replace('-', '_'), value = part[(equals + 1)..].Trim();
            if (key.Length == 0 || value.Length == 0)
                throw new UsageException($"{where}: '{part.Trim()}': expects key=value");
            if (pairs.Exists(p => p.Key == key))
                throw new UsageException($"{where}: {key} is given twice");
            pairs.Add((key, value));
        }

        return pairs;
    }

    /// <summary>Sets properties of an options record.</summary>
    /// <param name="options">Is changed: hand in a copy.</param>
    /// <param name="text">The settings.</param>
    /// <param name="where">Begins every error: <c>sched onecycle</c>.</param>
    /// <param name="names">The keys that may be given and the properties they set.</param>
    /// <exception cref="UsageException">An unknown key (with the nearest), or a value of another type.</exception>
    public static void Set(object options, string text, string where, IReadOnlyDictionary<string, string> names)
    {
        var written = new WrittenSettings(text, where, [.. names.Keys]);
        foreach (string key in written.Keys)
        {
            var target = options.GetType().GetProperty(names[key]) ?? throw new InvalidOperationException($"{options.GetType().Name} has no {names[key]}");
            target.SetValue(options, written.Value(key, Nullable.GetUnderlyingType(target.PropertyType) ?? target.PropertyType));
        }
    }

    /// <summary>True for a type whose values have a text form.</summary>
    internal static bool Reads(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(double)
            || type == typeof((double, double)) || type == typeof(IReadOnlyList<double>);
    }

    /// <summary>The parts between separators that stand outside of brackets.</summary>
    /// <param name="text">The text.</param>
    /// <param name="separator">Parts the parts.</param>
    /// <param name="opening">Opening brackets.</param>
    /// <param name="closing">Closing brackets.</param>
    /// <param name="keeps">True for a position whose separator is none; null for none.</param>
    public static List<string> SplitOutside(string text, char separator, string opening, string closing, Func<int, bool>? keeps = null)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (opening.Contains(text[i]))
                depth++;
            else if (closing.Contains(text[i]))
                depth--;
            else if (text[i] == separator && depth == 0 && keeps?.Invoke(i) != true)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    internal static object Value(string text, Type type, string where)
    {
        if (type == typeof(string))
            return text;
        if (type == typeof(bool))
        {
            return text.ToLowerInvariant() switch
            {
                "true" or "yes" or "on" or "1" => true,
                "false" or "no" or "off" or "0" => false,
                _ => throw Expects("true or false"),
            };
        }

        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int whole) ? whole : throw Expects("a whole number");
        if (type == typeof(double))
            return Number(text) ?? throw Expects("a number");
        if (type.IsEnum)
            return Enum.GetNames(type).FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse(type, name)
                : throw Expects(string.Join(" or ", Enum.GetNames(type).Select(n => n.ToLowerInvariant())));
        bool list = text.Length >= 2 && text[0] == '[' && text[^1] == ']';
        var items = list ? text[1..^1].Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) : [];
        var numbers = items.Select(Number).OfType<double>().ToArray();
        if (type == typeof((double, double)))
            return list && items.Length == 2 && numbers.Length == 2 ? (numbers[0], numbers[1]) : throw Expects("two numbers in brackets, [0.9,0.999]");
        if (type == typeof(IReadOnlyList<double>))
            return list && numbers.Length > 0 && numbers.Length == items.Length ? numbers : throw Expects("numbers in brackets, [1,2,0.5]");
        throw new InvalidOperationException($"an option of type {type.Name} has no text form");

        UsageException Expects(string what) => new($"{where}: expects {what}");
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double d) && double.IsFinite(d)
        ? d : null;
}
