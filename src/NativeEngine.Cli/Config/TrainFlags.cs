using System.CommandLine;
using NativeEngine.Core;
using NativeEngine.Train;

namespace NativeEngine.Cli.Config;

/// <summary>What every verb that takes the settings of a training shares: the flags, and the folder of the data as a word of its own.</summary>
internal sealed class TrainFlags
{
    private const string DataKey = "data", Word = "DIR";

    private readonly Argument<string[]> _folders = new(Word) { Description = "folder of the data, as --data", Arity = ArgumentArity.ZeroOrMore };
    private readonly ConfigOptions _options = new(RunSettings.All);

    public void AddTo(Command command)
    {
        command.Arguments.Add(_folders);
        _options.AddTo(command);
    }

    /// <summary>The value of a flag as given on the command line, null when absent.</summary>
    public string? Given(ParseResult parsed, string key) => _options.Given(parsed, key).LastOrDefault();

    /// <summary>Applies files, environment, flags and the folder to <paramref name="config"/>.</summary>
    /// <exception cref="UsageException">Two folders are named: one would be left out without a word.</exception>
    public void Apply(ParseResult parsed, Resolved config)
    {
        _options.Apply(parsed, config);
        string[] words = parsed.GetValue(_folders) ?? [];
        string[] named = [.. words.Concat(_options.Given(parsed, DataKey)).DistinctBy(Same)];
        if (named.Length > 1)
        {
            throw new UsageException($"data is given {(named.Length == 2 ? "twice" : $"{named.Length} times")}: {NameList.Some(named)}; a run trains on "
                + "one folder: name one, or put the class folders of all into one"
                + (named.Any(Path.Exists) && named.All(Path.Exists) ? "" : " (names in a list are parted by commas: --classes cat,dog)"));
        }

        if (words.Length > 0)
            config.Set(DataKey, words[0], Word);
    }

    private static string Same(string path) => path.Length == 0 ? path : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
