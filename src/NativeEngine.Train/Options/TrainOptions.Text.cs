using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NativeEngine.Core;

namespace NativeEngine.Train;

public sealed partial record TrainOptions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private static readonly string[] RecordedBefore = ["device", "threads", "winograd", "tf32", "deterministic"];

    // Plus signs and quotes stay readable; the text never becomes part of a web page.
    private static readonly JsonSerializerOptions Yaml = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One JSON object with all keys.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote; missing keys take their defaults.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Named in errors.</param>
    public static TrainOptions FromJson(string json, string source)
    {
        try
        {
            var node = JsonNode.Parse(json) as JsonObject;
            // Runs made before the device's settings were recorded apart have them among the others.
            foreach (string key in RecordedBefore)
            {
                if (node?.Remove(key, out var value) == true)
                    ((JsonObject)(node["recorded"] ??= new JsonObject()))[key] = value;
            }

            return node.Deserialize<TrainOptions>(Json) ?? throw new CheckpointException($"{source}: settings are missing");
        }
        catch (Exception e) when (e is JsonException or ArgumentException) // the latter for a key that is there twice
        {
            throw new CheckpointException($"{source}: settings cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Every key with its value.</summary>
    public IEnumerable<(string Key, object? Value)> Entries() =>
        Settings.Select(s => (s.Key, s.Property.GetValue(this))).Concat(Recorded?.Select(r => (r.Key, (object?)r.Value)) ?? []);

    /// <summary>A flat YAML file with all keys, which given back as configuration makes the same run.</summary>
    public string ToYaml()
    {
        var text = new StringBuilder();
        foreach (var (key, value) in Entries())
            text.Append(key).Append(": ").Append(Text(value)).Append('\n');
        return text.ToString();
    }

    /// <summary>A value as YAML text.</summary>
    internal static string Text(object? value) => value switch
    {
        null => "null",
        string s => JsonSerializer.Serialize(s, Yaml), // a JSON string is a YAML string
        Moment moment => JsonSerializer.Serialize(moment),
        Enum choice => JsonSerializer.Serialize(choice, choice.GetType(), Json),
        JsonElement recorded => recorded.GetRawText(),
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Text))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
