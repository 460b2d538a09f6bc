using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;

namespace NativeEngine.Cli.Verbs;

/// <summary>What every verb shares: --json, -q, -v, and errors that end in one sentence and the documented exit code.</summary>
internal static class Verb
{
    private static readonly Option<bool> Json = new("--json") { Description = "write results as JSON objects on stdout, logs on stderr" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "write only results and errors" };
    private static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "write details, and stack traces of errors" };

    /// <summary>Finishes a verb's command: adds the shared options and runs <paramref name="action"/> inside the error handling.</summary>
    public static Command Runs(this Command command, Func<ParseResult, Terminal, ExitCode> action)
    {
        command.Options.Add(Json);
        command.Options.Add(Quiet);
        command.Options.Add(Verbose);
        command.SetAction(parsed =>
        {
            var terminal = new Terminal(parsed.GetValue(Json), parsed.GetValue(Quiet), parsed.GetValue(Verbose));
            return (int)Guard(terminal, () =>
            {
                EnvironmentNames.RequireKnown();
                return action(parsed, terminal);
            });
        });
        return command;
    }

    /// <summary>Runs an action; expected errors become their sentence and exit code, others "unexpected error" and 1.</summary>
    public static ExitCode Guard(Terminal terminal, Func<ExitCode> action)
    {
        try
        {
            return action();
        }
        catch (Exception e)
        {
            var (code, text) = Describe(e);
            Console.Error.WriteLine($"nengine: {text}");
            if (terminal.Verbose)
                Console.Error.WriteLine(e);
            else if (code == ExitCode.Unexpected)
                Console.Error.WriteLine("nengine: this is a bug in the engine; run again with -v for the stack trace");
            terminal.JsonResult(new { error = text, exit_code = (int)code });
            return code;
        }
    }

    /// <summary>The value of an option that counts something; less than 1 is refused.</summary>
    public static int AtLeastOne(string option, int value) => value >= 1 ? value : throw new UsageException($"{option} {value}: expected at least 1");

    private static (ExitCode Code, string Text) Describe(Exception e) => e switch
    {
        EngineException known => (known.ExitCode, known.Message),
        ShapeException shape => (ExitCode.Usage, shape.Message),
        OutOfMemoryException => (ExitCode.OutOfMemory, "out of host memory; use a smaller batch or model"),
        UnauthorizedAccessException access => (ExitCode.Usage, $"no permission: {access.Message}"),
        IOException io => (ExitCode.Data, io.Message),
        _ => (ExitCode.Unexpected, $"unexpected error: {e.GetType().Name}: {e.Message}"),
    };
}
