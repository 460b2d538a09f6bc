namespace NativeEngine.Cli.Config;

/// <summary>One key of the configuration: the same name is a flag (<c>--batch-size</c>), a YAML key and an environment variable.</summary>
/// <param name="Key">Snake case: <c>batch_size</c>.</param>
/// <param name="Group">Heading in help.</param>
/// <param name="Help">One line, lower case.</param>
internal sealed record Setting(string Key, string Group, string Help)
{
    /// <summary>Further flags, with their dashes.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>The values a word may take; empty when any.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>The environment variable: <c>NENGINE_BATCH_SIZE</c>.</summary>
    public string Variable => $"NENGINE_{Key.ToUpperInvariant()}";

    /// <summary>The environment variable, and those of the long aliases: <c>NENGINE_WD</c>.</summary>
    public IEnumerable<string> Variables => Aliases.Where(a => a.StartsWith("--", StringComparison.Ordinal))
        .Select(a => $"NENGINE_{a[2..].Replace('-', '_').ToUpperInvariant()}").Prepend(Variable);

    /// <summary>The flag: <c>--batch-size</c>.</summary>
    public string Flag => $"--{Key.Replace('_', '-')}";
}
