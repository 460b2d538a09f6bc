using NativeEngine.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NativeEngine.Cli.Config;

/// <summary>Reads a flat YAML configuration file: scalar or list values, and <c>extends: [file.yaml, …]</c> read first.</summary>
internal static class ConfigFile
{
    private const int MaxDepth = 8;
    private const long MaxBytes = 1 << 20;

    /// <summary>The keys of a file in the order they take effect, each with the file it came from.</summary>
    public static IEnumerable<(string Key, string? Value, string Source)> Read(string path) => Read(path, 0);

    /// <summary>The keys of YAML text; <paramref name="source"/> names it in errors.</summary>
    public static IEnumerable<(string Key, string? Value, string Source)> Parse(string text, string source, string folder, int depth = 0)
    {
        YamlMappingNode? map;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0)
                return [];
            map = stream.Documents[0].RootNode as YamlMappingNode;
        }
        catch (YamlException e)
        {
            throw new UsageException($"{source}, line {e.Start.Line}: {e.Message}");
        }

        if (map is null)
            throw new UsageException($"{source}: expected a flat list of 'key: value' lines");
        var result = new List<(string, string?, string)>();
        foreach (var (keyNode, valueNode) in map.Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value?.Replace('-', '_')
                ?? throw new UsageException($"{source}, line {keyNode.Start.Line}: expected a plain key");
            if (key == "extends")
            {
                foreach (string file in Items(valueNode, source, key))
                    result.InsertRange(0, Read(Path.Combine(folder, file), depth + 1));
                continue;
            }

            result.Add((key, Text(valueNode, source, key), $"{source}"));
        }

        return result;
    }

    private static IEnumerable<(string, string?, string)> Read(string path, int depth)
    {
        if (depth > MaxDepth)
            throw new UsageException($"config file {path}: 'extends' is nested more than {MaxDepth} deep (a circle?)");
        return Parse(SmallFile.ReadText(path, MaxBytes, "config file"), path, Path.GetDirectoryName(Path.GetFullPath(path))!, depth);
    }

    /// <summary>A scalar or a list as text; null for an absent value.</summary>
    internal static string? Text(YamlNode node, string source, string key) => node switch
    {
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" or "" } => null,
        YamlScalarNode scalar => scalar.Value,
        YamlSequenceNode => string.Join(',', Items(node, source, key)),
        _ => throw new UsageException($"{source}, line {node.Start.Line}: {key}: expected a value or a list, got a nested block"),
    };

    private static IEnumerable<string> Items(YamlNode node, string source, string key) => node is YamlSequenceNode list
        ? list.Children.Select(c => (c as YamlScalarNode)?.Value
            ?? throw new UsageException($"{source}, line {c.Start.Line}: {key}: expected plain list items"))
        : [(node as YamlScalarNode)?.Value ?? throw new UsageException($"{source}, line {node.Start.Line}: {key}: expected a value or a list")];
}
