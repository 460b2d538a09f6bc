using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>The attributes of a case. Each is read with its default; what nobody read is unsupported, never skipped in silence.</summary>
internal sealed class CaseAttributes
{
    /// <summary>No size, count or window of a real case is larger; keeps a corrupted file from asking for all memory.</summary>
    private const int Largest = 100_000;

    private readonly Dictionary<string, JsonElement> _values = [];
    private readonly HashSet<string> _read = [];

    public CaseAttributes(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new DataException($"attrs: expects a JSON object, got {document.RootElement.ValueKind}");
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!_values.TryAdd(property.Name, property.Value.Clone()))
                    throw new DataException($"attrs: {property.Name} is named twice");
            }
        }
        catch (JsonException e)
        {
            throw new DataException($"attrs: not JSON: {e.Message}", e);
        }
    }

    public IEnumerable<string> Unread => _values.Keys.Where(k => !_read.Contains(k));

    public bool Has(string name) => _values.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public double Number(string name, double otherwise) => Find(name, out var value) ? AsNumber(name, value) : otherwise;

    public double Number(string name) => Find(name, out var value) ? AsNumber(name, value) : throw Missing(name);

    public int Integer(string name, int otherwise) => Find(name, out var value) ? AsInteger(name, value) : otherwise;

    public int Integer(string name) => Find(name, out var value) ? AsInteger(name, value) : throw Missing(name);

    public string Text(string name, string otherwise) => !Find(name, out var value) ? otherwise
        : value.ValueKind == JsonValueKind.String ? value.GetString()!
        : throw Wrong(name, "a string", value);

    public bool Flag(string name, bool otherwise) => !Find(name, out var value) ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(name, "true or false", value);

    /// <summary>Two integers, or one that stands for both, alone or in a list; null of an empty list.</summary>
    public (int H, int W)? Pair(string name)
    {
        if (!Find(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return (AsInteger(name, value), AsInteger(name, value));
        var numbers = AsIntegers(name, value);
        return numbers.Length switch
        {
            0 => null,
            1 => (numbers[0], numbers[0]),
            2 => (numbers[0], numbers[1]),
            _ => throw Wrong(name, "two integers", value),
        };
    }

    /// <summary>A list of integers, or one integer as a list of one.</summary>
    public int[]? Integers(string name) => !Find(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? [AsInteger(name, value)]
        : AsIntegers(name, value);

    /// <summary>A list of numbers.</summary>
    public double[]? Numbers(string name) => !Find(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => AsNumber(name, v))]
        : throw Wrong(name, "a list of numbers", value);

    /// <summary>The attribute as a setting of this type, or null.</summary>
    public object? Value(string name, Type type)
    {
        if (!Find(name, out var value))
            return null;
        if (type == typeof(double))
            return AsNumber(name, value);
        if (type == typeof(int))
            return AsInteger(name, value);
        if (type == typeof(bool))
            return Flag(name, false);
        if (type == typeof(string))
            return Text(name, "");
        if (type == typeof((double, double)))
            return Numbers(name) is [var first, var second] ? (first, second) : throw Wrong(name, "two numbers", value);
        if (type == typeof(IReadOnlyList<double>))
            return Numbers(name);
        string text = Text(name, "");
        return type.IsEnum && Enum.TryParse(type, text, ignoreCase: true, out object? member) ? member
            : throw new UnsupportedCaseException($"{name} '{Short(text)}'");
    }

    /// <summary>The attribute as JSON, or null.</summary>
    public JsonElement? Raw(string name) => Find(name, out var value) ? value : null;

    /// <summary>Refuses a value other than the only one the engine computes.</summary>
    public void Only(string name, string supported)
    {
        if (Find(name, out var value) && value.ToString() != supported)
            throw new UnsupportedCaseException($"attribute {name} = {value}; the engine has {supported}");
    }

    public void RefuseUnread()
    {
        if (Unread.FirstOrDefault() is { } name)
            throw new UnsupportedCaseException($"attribute {name}");
    }

    private bool Find(string name, out JsonElement value)
    {
        _read.Add(name);
        return _values.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static double AsNumber(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number
            : throw Wrong(name, "a number", value);

    private static int AsInteger(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && Math.Abs((long)number) <= Largest ? number
            : throw Wrong(name, $"an integer up to {Largest}", value);

    private static int[] AsIntegers(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => AsInteger(name, v))] : throw Wrong(name, "integers", value);

    private static DataException Wrong(string name, string expected, JsonElement value) =>
        new($"attrs.{name}: expects {expected}, got {Short(value.ToString())}");

    private static DataException Missing(string name) => new($"attrs.{name} is missing");

    private static string Short(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
