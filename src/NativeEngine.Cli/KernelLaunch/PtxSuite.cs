using System.Globalization;
using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.SoftGpu;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>
/// A YAML or JSON file of cases: a list, or <c>cases:</c> with the list beside keys that hold for each case that lacks them. Names of files are relative to the
/// suite.
/// </summary>
internal static class PtxSuite
{
    private const long MostBytes = 16 << 20;

    /// <summary>What each key of a case does.</summary>
    private static readonly (string Name, string Alias, Func<PtxCase, Value, PtxCase> Apply)[] Keys =
    [
        ("name", "", (c, v) => c with { Name = v.Text() }),
        ("ptx", "file", (c, v) => c with { Path = Path.Combine(c.Folder, v.Text()) }),
        ("entry", "kernel", (c, v) => c with { Entry = v.Text() }),
        ("args", "arg", (c, v) => c with { Arguments = v.Items() }),
        ("grid", "", (c, v) => c with { Grid = Position.Parse(v.Place, string.Join(',', v.Items()), 1) }),
        ("block", "", (c, v) => c with { Block = Position.Parse(v.Place, string.Join(',', v.Items()), 1) }),
        ("shared", "", (c, v) => c with { Shared = (int)v.Whole(0, int.MaxValue) }),
        ("expect", "expected", (c, v) => c with { Expected = v.Named() }),
        ("tol", "tolerance", (c, v) => c with { Tolerance = new(v.Number(), v.Number()) }),
        ("atol", "", (c, v) => c with { Tolerance = c.Tolerance with { Absolute = v.Number() } }),
        ("rtol", "", (c, v) => c with { Tolerance = c.Tolerance with { Relative = v.Number() } }),
        ("sanitize", "", (c, v) => c with { Sanitize = v.Choice(("all", true), ("true", true), ("none", false), ("false", false)) }),
        ("seed", "", (c, v) => c with { Seed = (ulong)v.Whole(0, long.MaxValue) }),
        ("cooperative", "", (c, v) => c with { Cooperative = v.Choice(("true", true), ("false", false)) }),
        ("schedule_seed", "", (c, v) => c with { ScheduleSeed = (ulong)v.Whole(0, long.MaxValue) }),
        ("budget", "", (c, v) => c with { Budget = v.Whole(1, long.MaxValue) }),
    ];

    /// <summary>True for the name of a suite.</summary>
    public static bool IsName(string name) => Path.GetExtension(name).ToLowerInvariant() is ".yaml" or ".yml" or ".json";

    /// <summary>The cases of a file.</summary>
    /// <exception cref="UsageException">The file cannot be read, a key is unknown, or a value is not what its key takes.</exception>
    public static IReadOnlyList<PtxCase> Read(string path)
    {
        string text = SmallFile.ReadText(path, MostBytes, "suite");
        var root = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ReadJson(text, path) : ReadYaml(text, path);
        var none = new PtxCase { Path = "", Folder = Path.GetDirectoryName(path) ?? "" };
        List<(YamlNode, YamlNode)> common = [];
        var list = root as YamlSequenceNode;
        if (root is YamlMappingNode map)
        {
            foreach (var (key, value) in map.Children)
            {
                if ((key as YamlScalarNode)?.Value == "cases")
                    list = value as YamlSequenceNode ?? throw new UsageException($"{path}: cases: expected a list");
                else
                    common.Add((key, value));
            }
        }

        if (list is null)
            throw new UsageException($"{path}: expected a list of cases, or 'cases:' with one");
        var defaults = Apply(none, common, path, "", ["cases"]);
        var cases = list.Children.Select((node, i) =>
        {
            string place = $"case {i + 1}";
            if (node is not YamlMappingNode one)
                throw new UsageException($"{path}, {place}: expected keys and values: {string.Join(", ", Keys.Select(k => k.Name))}");
            var made = Apply(defaults, [.. one.Children.Select(p => (p.Key, p.Value))], path, place, []);
            if (made.Path.Length == 0)
                throw new UsageException($"{path}, {place}: 'ptx', the name of a PTX file, is missing");
            return made with { Name = made.Name.Length > 0 ? made.Name : $"{made.Entry ?? Path.GetFileName(made.Path)} #{i + 1}" };
        }).ToList();
        return cases.Count > 0 ? cases : throw new UsageException($"{path}: there are no cases in it");
    }

    private static PtxCase Apply(PtxCase start, IReadOnlyList<(YamlNode Key, YamlNode Value)> entries, string path, string place, string[] others)
    {
        var found = new SortedDictionary<int, Value>();
        foreach (var (keyNode, value) in entries)
        {
            string key = (keyNode as YamlScalarNode)?.Value?.Replace('-', '_') ?? "";
            string where = place.Length > 0 ? $"{path}, {place}" : path;
            int index = Array.FindIndex(Keys, k => k.Name == key || k.Alias.Length > 0 && k.Alias == key);
            if (index < 0)
                throw new UsageException($"{where}: unknown key "
                    + $"'{Printable.Text(key)}'{NearestName.Suggest(key, [.. Keys.Select(k => k.Name), .. others])}; a case has "
                        + $"{string.Join(", ", Keys.Select(k => k.Name))}");
            if (!found.TryAdd(index, new(value, $"{where}: {key}")))
                throw new UsageException($"{where}: {Keys[index].Name} is given twice");
        }

        return found.Aggregate(start, (made, pair) => Keys[pair.Key].Apply(made, pair.Value)); // in the order of the table: tol before atol
    }

    private static YamlNode? ReadYaml(string text, string path)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count > 0 ? stream.Documents[0].RootNode : null;
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}, line {e.Start.Line}: {e.Message}", e);
        }
    }

    private static YamlNode ReadJson(string text, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(text,
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            return Convert(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is not JSON: {e.Message}", e);
        }

        static YamlNode Convert(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => new YamlMappingNode(element.EnumerateObject()
                .Select(p => KeyValuePair.Create<YamlNode, YamlNode>(p.Name, Convert(p.Value)))),
            JsonValueKind.Array => new YamlSequenceNode(element.EnumerateArray().Select(Convert)),
            JsonValueKind.String => new YamlScalarNode(element.GetString()),
            _ => new YamlScalarNode(element.GetRawText()),
        };
    }

    /// <summary>The value of a key.</summary>
    private sealed record Value(YamlNode Node, string Place)
    {
        public string Text() => Text(Node);

        /// <summary>A list, or a single value.</summary>
        public IReadOnlyList<string> Items() => Node is YamlSequenceNode list ? [.. list.Children.Select(Text)] : [Text(Node)];

        /// <summary>One text for each buffer: <c>NAME=…</c> of a mapping.</summary>
        public IReadOnlyList<string> Named() => Node is YamlMappingNode map
            ? [.. map.Children.Select(p => $"{Text(p.Key)}={string.Join(',', new Value(p.Value, Place).Items())}")]
            : Items();

        public long Whole(long least, long most) => long.TryParse(Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= least && value <= most
            ? value
            : throw new UsageException($"{Place}: '{Printable.Text(Text())}' is not a whole number of at least {least}");

        public double Number() => double.TryParse(Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            && value >= 0
            ? value
            : throw new UsageException($"{Place}: '{Printable.Text(Text())}' is not a number of at least 0");

        public bool Choice(params (string Name, bool Value)[] choices) =>
            choices.FirstOrDefault(c => c.Name.Equals(Text(), StringComparison.OrdinalIgnoreCase)) is { Name: not null } found
            ? found.Value
            : throw new UsageException($"{Place}: '{Printable.Text(Text())}' is not {string.Join(", ", choices.Select(c => c.Name))}");

        private string Text(YamlNode node) => node is YamlScalarNode scalar ? scalar.Value ?? ""
            : throw new UsageException($"{Place}: expected a value, got a nested block");
    }
}
