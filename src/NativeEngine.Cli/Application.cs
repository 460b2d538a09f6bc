using System.CommandLine;
using NativeEngine.Cli.Shell;
using NativeEngine.Cli.Verbs;
using NativeEngine.Core;

namespace NativeEngine.Cli;

/// <summary>The command line <c>nengine VERB</c>: parses, runs one verb, and turns every outcome into an exit code.</summary>
public static class Application
{
    /// <summary>The version shown by <c>--version</c> and in run folders.</summary>
    public static string Version { get; } = typeof(Application).Assembly.GetName().Version!.ToString(3);

    /// <summary>Runs one command line and returns its exit code (see <see cref="ExitCode"/>).</summary>
    public static int Run(string[] args)
    {
        var root = BuildRoot();
        ParseResult parsed;
        try
        {
            parsed = root.Parse(CommandLine.Tie(root, args));
        }
        catch (UsageException e)
        {
            return Refuse(e.Message);
        }

        if (args.Length == 1 && args[0] == "--version")
        {
            Console.Out.WriteLine($"nengine {Version}");
            return (int)ExitCode.Ok;
        }

        if ((parsed.Errors.Count > 0 || Usage.MistypedFlags(parsed).Any()) && !Usage.AsksForHelp(parsed))
            return Refuse(Usage.Explain(parsed));
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static int Refuse(string sentence)
    {
        Console.Error.WriteLine($"nengine: {sentence}");
        return (int)ExitCode.Usage;
    }

    /// <summary>The root command with every verb that works.</summary>
    public static RootCommand BuildRoot()
    {
        var root = new RootCommand("NativeEngine trains image models with an engine written from scratch in C#: on the CPU, on NVIDIA GPUs, or on a "
            + "software GPU.");
        foreach (var verb in VerbList.Create())
            root.Subcommands.Add(verb);
        return root;
    }
}
