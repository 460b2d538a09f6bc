using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Support;

/// <summary>Runs one command line inside this process and catches what it writes.</summary>
internal static class Cli
{
    /// <summary>The source tree these tests were built from.</summary>
    public static string RepositoryRoot { get; } = Above(AppContext.BaseDirectory);

    public static CliResult Run(params string[] args)
    {
        var (oldOut, oldError) = (Console.Out, Console.Error);
        using StringWriter output = new(), error = new();
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return new CliResult((ExitCode)Application.Run(args), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(oldOut);
            Console.SetError(oldError);
        }
    }

    private static string Above(string folder) => File.Exists(Path.Combine(folder, "NativeEngine.sln")) ? folder
        : Above(Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) ?? throw new DirectoryNotFoundException("no NativeEngine.sln above the tests"));
}

/// <summary>What one command line did.</summary>
internal sealed record CliResult(ExitCode Code, string Output, string Error)
{
    /// <summary>The last line of standard output, where --json puts the result.</summary>
    public string LastLine => Output.TrimEnd().Split('\n')[^1];

    public override string ToString() => $"exit {Code}\n{Output}\n{Error}";
}
