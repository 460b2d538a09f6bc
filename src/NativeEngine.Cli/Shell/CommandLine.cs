using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Cli.Shell;

/// <summary>
/// Settles which words belong to an option before the parser sees them. The parser gives an option that needs a value whatever word comes next, also
/// another option (<c>--weights -b 16</c>), and a switch the folder behind it (<c>--nesterov photos</c>).
/// </summary>
internal static class CommandLine
{
    private static readonly string[] BooleanWords = ["true", "false", "yes", "no", "on", "off", "1", "0"];

    /// <summary>The words with every value tied to its option.</summary>
    /// <exception cref="UsageException">An option that needs a value is followed by another option or by nothing.</exception>
    public static string[] Tie(RootCommand root, string[] args)
    {
        Command command = root;
        var tied = new List<string>();
        bool helps = args.TakeWhile(a => a != "--").Any(a => a is "-h" or "--help" or "-?");
        for (int i = 0; i < args.Length; i++)
        {
            string word = args[i];
            if (word == "--")
            {
                tied.AddRange(args[i..]);
                break;
            }

            if (command.Subcommands.FirstOrDefault(c => c.Name == word) is { } inner)
                command = inner;
            string? next = i + 1 < args.Length ? args[i + 1] : null;
            var option = word.StartsWith('-') ? Find(command, word) : null;
            if (option is null or HelpOption or VersionOption || option.ValueType == typeof(bool))
            {
                tied.Add(word);
            }
            else if (IsSwitch(option))
            {
                bool hasWord = next is not null && BooleanWords.Contains(next, StringComparer.OrdinalIgnoreCase);
                tied.Add($"{word}={(hasWord ? next : "true")}");
                i += hasWord ? 1 : 0;
            }
            else if (next is null || IsOption(command, next))
            {
                if (option.Arity.MinimumNumberOfValues > 0 && !helps)
                    throw new UsageException($"{word} needs a value{About(option)}{(next is null ? "" : $", but the option {next} follows")}");
                if (!helps) // an option without its value would take the question for help as one
                    tied.Add(word);
            }
            else
            {
                var numbers = TakesNumbers(option) ? args.Skip(i + 1).TakeWhile(IsNumber).ToArray() : [];
                tied.Add(word);
                tied.Add(numbers.Length > 1 ? string.Join(',', numbers) : next);
                i += Math.Max(1, numbers.Length);
            }
        }

        return [.. tied];
    }

    /// <summary>True for a setting that stands alone: its value, if any, is true or false.</summary>
    private static bool IsSwitch(Option option) => option.Arity.MinimumNumberOfValues == 0 && option.Arity.MaximumNumberOfValues > 1;

    // As other programs write lists: --mean 0.485 0.456 0.406. Where numbers may be arguments of the verb itself, lists have commas.
    private static bool TakesNumbers(Option option) => option.ValueType == typeof(string[]) && option.HelpName == Config.SettingValue.ListPlaceholder;

    private static bool IsNumber(string word) => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>True for a word that can only be an option; negative numbers and a single dash are values.</summary>
    private static bool IsOption(Command command, string word) =>
        word.Length > 1 && word[0] == '-' && !IsNumber(word)
            && (word.StartsWith("--", StringComparison.Ordinal) || Find(command, word.Split('=', ':')[0]) is not null);

    private static Option? Find(Command command, string word) => command.Options.FirstOrDefault(o => o.Name == word || o.Aliases.Contains(word));

    private static string About(Option option)
    {
        string text = option.Description ?? "";
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and var end)
            text = text[(end + 1)..];
        if (text.LastIndexOf(" (default:", StringComparison.Ordinal) is > 0 and var given)
            text = text[..given];
        return text.Length > 0 ? $" ({text.Trim()})" : "";
    }
}
