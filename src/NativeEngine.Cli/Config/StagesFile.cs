using System.Text.Encodings.Web;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Train;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NativeEngine.Cli.Config;

/// <summary>
/// Reads <c>--stages</c>: a YAML file (or its text, beginning with a bracket) with a list of stages, alone or under the key <c>stages</c>; each
/// stage is a flat block of keys as in a configuration file. The settings take it as one line of JSON, so that the run folder holds all of it.
/// </summary>
internal static class StagesFile
{
    private const long MaxBytes = 1 << 20;
    private const string NameKey = "name";
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // for people to read

    /// <summary>The options with the file's contents in the place of its name.</summary>
    public static TrainOptions Inline(TrainOptions options)
    {
        if (options.Stages is not { } given)
            return options;
        bool isText = given.TrimStart().StartsWith('[');
        return options with { Stages = ToJson(isText ? given : SmallFile.ReadText(given, MaxBytes, "stages file"), isText ? "stages" : given) };
    }

    /// <summary>The stages as JSON with typed values under the keys' full names.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Named in errors.</param>
    public static string ToJson(string yaml, string source)
    {
        var stages = new List<Dictionary<string, object?>>();
        foreach (var node in Blocks(yaml, source))
        {
            var stage = new Dictionary<string, object?>();
            var config = new Resolved(RunSettings.All);
            foreach (var (keyNode, valueNode) in node.Children)
            {
                string key = (keyNode as YamlScalarNode)?.Value ?? throw new UsageException($"{source}, line {keyNode.Start.Line}: expected a plain key");
                string? value = ConfigFile.Text(valueNode, source, key);
                if (key == NameKey)
                {
                    stage[key] = value;
                    continue;
                }

                string full = config.Set(key, value, $"{source}, line {keyNode.Start.Line}");
                stage[full] = config[full];
            }

            stages.Add(stage);
        }

        return JsonSerializer.Serialize(stages, Json);
    }

    private static IEnumerable<YamlMappingNode> Blocks(string yaml, string source)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            var root = stream.Documents.Count > 0 ? stream.Documents[0].RootNode : null;
            if (root is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode("stages"), out var inner) && map.Children.Count == 1)
                root = inner;
            if (root is YamlSequenceNode list && list.Children.Count > 0 && list.Children.All(c => c is YamlMappingNode))
                return list.Children.Cast<YamlMappingNode>();
        }
        catch (YamlException e)
        {
            throw new UsageException($"{source}, line {e.Start.Line}: {e.Message}");
        }

        throw new UsageException($"{source}: expected a list of stages, each a block of 'key: value' lines");
    }
}
