using NativeEngine.Core;

namespace NativeEngine.Cli.Config;

/// <summary>The table of settings as a page of Markdown: docs/settings.md.</summary>
internal static class SettingsPage
{
    /// <summary>The lines of the page.</summary>
    public static IEnumerable<string> Lines()
    {
        yield return "# Settings";
        yield return "";
        yield return "Every setting of `train`, `lr-find`, `verify-resume` and `config show`: a flag, a key of YAML files (`batch_size` for";
        yield return "`--batch-size`) and an environment variable (`NENGINE_BATCH_SIZE`). Flags win over the environment, that over files, those";
        yield return "over defaults. Stages (`--stages`) may differ where there is a dot.";
        yield return "This page is what `nengine config reference` prints.";
        var defaults = new Resolved(RunSettings.All);
        foreach (var group in RunSettings.All.GroupBy(s => s.Group))
        {
            yield return "";
            yield return $"## {char.ToUpperInvariant(group.Key[0])}{group.Key[1..]}";
            yield return "| flag | values | default | stages | what it is |";
            yield return "|---|---|---|---|---|";
            foreach (var setting in group)
            {
                string flags = string.Join(", ", setting.Aliases.Prepend(setting.Flag).Select(f => $"`{f}`"));
                string values = setting.Expected ?? (setting.Type == typeof(bool) ? "true, false" : string.Join(", ", setting.Choices));
                string absent = defaults[setting.Key] is { } value ? $"`{SettingValue.Format(value)}`" : "";
                yield return $"| {flags} | {values} | {absent} | {(setting.PerStage ? "•" : "")} | {Cell(setting.Help)} |";
            }
        }
    }

    private static string Cell(string text) => text.Replace("|", "\\|").Replace("<", "&lt;").Replace("*", "\\*").Replace("_X", "\\_X");
}
