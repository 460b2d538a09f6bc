using System.CommandLine;
using System.CommandLine.Help;
using NativeEngine.Core;

namespace NativeEngine.Cli.Shell;

/// <summary>Turns a command line that could not be parsed into one sentence, with the nearest name where a name is unknown.</summary>
internal static partial class Usage
{
    public static bool AsksForHelp(ParseResult parsed) => parsed.Action is HelpAction;

    /// <summary>Words that look like options but were taken as values of the verb's own arguments: a mistyped flag.</summary>
    public static IEnumerable<string> MistypedFlags(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<System.CommandLine.Parsing.ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)
            .Where(v => v.Length > 1 && v[0] == '-' && !double.TryParse(v, out _));

    public static string Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        foreach (string token in MistypedFlags(parsed).Concat(parsed.UnmatchedTokens))
        {
            if (token.StartsWith('-'))
            {
                string name = token.Split('=', 2)[0];
                string[] known = [.. OptionNames(parsed)];
                return $"unknown option '{name}'{NearestName.Suggest(name, known, Config.RunSettings.ElsewhereFlags(known))}; see {Path(parsed)} -h";
            }

            if (command.Subcommands.Count > 0)
                return $"unknown command '{token}'{NearestName.Suggest(token, command.Subcommands.Select(c => c.Name))}; see {Path(parsed)} -h";
            return $"unexpected argument '{token}'; see {Path(parsed)} -h";
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
            return $"a command is missing, one of: {string.Join(", ", command.Subcommands.Select(c => c.Name))}; see {Path(parsed)} -h";
        var wrongType = WrongType().Match(parsed.Errors[0].Message);
        if (wrongType.Success)
        {
            string expected = wrongType.Groups[3].Value switch
            {
                "Int32" or "Int64" or "UInt64" => "a whole number",
                "Double" or "Single" => "a number",
                var other => other
            };
            return $"{wrongType.Groups[2].Value} '{wrongType.Groups[1].Value}': expected {expected}; see {Path(parsed)} -h";
        }

        return $"{parsed.Errors[0].Message.TrimEnd('.')}; see {Path(parsed)} -h";
    }

    // The parser's own sentence names a .NET type; people get "a whole number".
    [System.Text.RegularExpressions.GeneratedRegex(@"^Cannot parse argument '(.*)' for (?:option|argument|command) '(.*)' "
        + @"as expected type '(?:System\.)?(?:Nullable`1\[System\.)?(\w+)")]
    private static partial System.Text.RegularExpressions.Regex WrongType();

    private static IEnumerable<string> OptionNames(ParseResult parsed)
    {
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: var command })
            {
                foreach (var option in command.Options)
                {
                    yield return option.Name;
                    foreach (string alias in option.Aliases)
                        yield return alias;
                }
            }
        }
    }

    private static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: var command })
                names.Insert(0, command is RootCommand ? "nengine" : command.Name);
        }

        return string.Join(' ', names);
    }
}
