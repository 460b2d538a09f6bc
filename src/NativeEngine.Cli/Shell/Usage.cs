using System.CommandLine;
using System.CommandLine.Help;

namespace NativeEngine.Cli.Shell;

/// <summary>Turns a command line that could not be parsed into one sentence, with the nearest name where a name is unknown.</summary>
internal static class Usage
{
    public static bool AsksForHelp(ParseResult parsed) => parsed.Action is HelpAction;

    public static string Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        foreach (string token in parsed.UnmatchedTokens)
        {
            if (token.StartsWith('-'))
            {
                string name = token.Split('=', 2)[0];
                return $"unknown option '{name}'{Suggest(name, OptionNames(parsed))}; see {Path(parsed)} -h";
            }

            if (command.Subcommands.Count > 0)
                return $"unknown command '{token}'{Suggest(token, command.Subcommands.Select(c => c.Name))}; see {Path(parsed)} -h";
            return $"unexpected argument '{token}'; see {Path(parsed)} -h";
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
            return $"a command is missing, one of: {string.Join(", ", command.Subcommands.Select(c => c.Name))}; see {Path(parsed)} -h";
        return $"{parsed.Errors[0].Message.TrimEnd('.')}; see {Path(parsed)} -h";
    }

    /// <summary>", did you mean 'x'?" for the nearest name, or nothing when none is near.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var best = known.Select(k => (Name: k, Distance: Distance(name, k))).OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, name.Length / 3) ? $", did you mean '{best.Name}'?" : "";
    }

    /// <summary>Levenshtein distance: the fewest insertions, deletions and replacements between two words.</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }

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
