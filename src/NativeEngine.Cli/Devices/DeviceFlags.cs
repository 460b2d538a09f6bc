using System.CommandLine;
using System.CommandLine.Parsing;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Train;

namespace NativeEngine.Cli.Devices;

/// <summary>
/// The options that choose a device and how it computes, for verbs that are not driven by the training configuration. What is not given comes from the
/// environment, read by the same rules as a training's.
/// </summary>
/// <param name="variable">Reads an environment variable; null reads those of the process.</param>
internal sealed class DeviceFlags(Func<string, string?>? variable = null)
{
    private static readonly IReadOnlyList<Setting> Settings =
        [.. TrainSettings.All.Where(s => s.Key is "device" or "threads" or "winograd" or "tf32" or "deterministic")];

    private readonly Option<string> _device = new("--device") { Description = "auto | cpu | cuda[:i] | soft (default: auto)" };
    private readonly Option<int> _threads = new("--threads") { Description = "worker threads of the CPU backend; 0: all cores (default: 0)" };
    private readonly Option<string> _winograd =
        new("--winograd") { Description = "3x3 convolutions of the CPU by Winograd's algorithm: off | f2 | f4 | auto (default: auto)", HelpName = "MODE" };
    private readonly Option<bool> _tf32 = new("--tf32") { Description = "let products and convolutions of a GPU round their inputs to TF32" };
    private readonly Option<bool> _deterministic =
        new("--deterministic") { Description = "only algorithms of a GPU that give the same bits on every run (default: true; --no-deterministic)" };
    private readonly Option<bool> _notDeterministic = new("--no-deterministic") { Hidden = true };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_device, _threads, _winograd, _tf32, _deterministic, _notDeterministic])
            command.Options.Add(option);
    }

    /// <summary>What was chosen.</summary>
    public DeviceOptions Choice(ParseResult parsed)
    {
        var config = new Resolved<TrainOptions>(Settings);
        config.SetFromEnvironment(variable ?? Environment.GetEnvironmentVariable);
        var environment = config.Build();
        if (IsGiven(parsed, _deterministic) && IsGiven(parsed, _notDeterministic))
            throw new UsageException($"{_deterministic.Name} and {_notDeterministic.Name} contradict each other");
        return new DeviceOptions
        {
            Device = IsGiven(parsed, _device) ? parsed.GetValue(_device)! : environment.Device,
            Warn = Terminal.Warn,
            Threads = IsGiven(parsed, _threads) ? parsed.GetValue(_threads) : environment.Threads,
            Winograd = Mode(IsGiven(parsed, _winograd) ? parsed.GetValue(_winograd)! : environment.Winograd),
            Tf32 = IsGiven(parsed, _tf32) ? parsed.GetValue(_tf32) : environment.Tf32,
            Deterministic = IsGiven(parsed, _deterministic) ? parsed.GetValue(_deterministic) : IsGiven(parsed, _notDeterministic)
                ? !parsed.GetValue(_notDeterministic) : environment.Deterministic,
        };
    }

    /// <summary>What the settings of a training run ask for.</summary>
    public static DeviceOptions Of(TrainOptions options) => new()
    {
        Device = options.Device,
        Threads = options.Threads,
        Winograd = Mode(options.Winograd),
        Tf32 = options.Tf32,
        Deterministic = options.Deterministic,
        Warn = Terminal.Warn,
    };

    /// <summary>Opens the chosen device.</summary>
    public OpenDevice Create(ParseResult parsed) => Choice(parsed).Open();

    private static WinogradMode Mode(string text)
    {
        string[] known = [.. Enum.GetNames<WinogradMode>().Select(n => n.ToLowerInvariant())];
        return known.Contains(text.ToLowerInvariant()) ? Enum.Parse<WinogradMode>(text, ignoreCase: true)
            : throw new UsageException($"unknown winograd '{text}'{NearestName.Suggest(text, known)}; known are {string.Join(", ", known)}");
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };
}
