using System.Text.Json;
using NativeEngine.Train;
using Spectre.Console;

namespace NativeEngine.Cli.Shell;

/// <summary>
/// Where a verb writes: results to stdout, logs to stderr when results are JSON (else stdout), colour and live displays only on a terminal.
/// </summary>
internal sealed class Terminal
{
    private static readonly JsonSerializerOptions JsonStyle =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Converters = { new NonFiniteAsNull() } };

    private const int NarrowestTerminal = 20;

    private readonly bool _redirected;

    public Terminal(bool json, bool quiet, bool verbose)
    {
        (Json, Quiet, Verbose) = (json, quiet, verbose);
        Log = json ? Console.Error : Console.Out;
        bool plain = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || IsPlain;
        _redirected = json ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        IsLive = !_redirected && !plain && !quiet;
        Rich = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsLive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = plain || _redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(Log),
        });
        if (_redirected)
            Rich.Profile.Width = 160;
    }

    /// <summary>The terminal shows plain ASCII only.</summary>
    public static bool IsPlain => Environment.GetEnvironmentVariable("TERM") == "dumb";

    /// <summary>Results are JSON objects on stdout.</summary>
    public bool Json { get; }

    /// <summary>Only results and errors are written.</summary>
    public bool Quiet { get; }

    /// <summary>Details and stack traces are written.</summary>
    public bool Verbose { get; }

    /// <summary>A person watches: bars and colour are welcome.</summary>
    public bool IsLive { get; }

    /// <summary>Columns that a line has; no limit where a file or a program reads it.</summary>
    public int Width => _redirected ? int.MaxValue : Math.Max(NarrowestTerminal, Rich.Profile.Width);

    /// <summary>Where logs go.</summary>
    public TextWriter Log { get; }

    /// <summary>Tables and progress bars, on <see cref="Log"/>.</summary>
    public IAnsiConsole Rich { get; }

    /// <summary>A line for a person; nothing when quiet.</summary>
    public void Line(string text = "")
    {
        if (!Quiet)
            Log.WriteLine(text);
    }

    /// <summary>A result line for a person; with --json the object is the result instead.</summary>
    public void Result(string text)
    {
        if (!Json)
            Console.Out.WriteLine(text);
    }

    /// <summary>The machine-readable result, one object on one line, with --json only.</summary>
    public void JsonResult(object result)
    {
        if (Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(result, JsonStyle));
    }

    /// <summary>A warning, always on stderr.</summary>
    public static void Warn(string text) => Console.Error.WriteLine($"warning: {text}");
}
