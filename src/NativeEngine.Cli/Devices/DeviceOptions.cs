using System.CommandLine;
using System.CommandLine.Parsing;
using NativeEngine.Cli.Config;
using NativeEngine.Train;

namespace NativeEngine.Cli.Devices;

/// <summary>
/// The options that choose a device, for verbs that are not driven by the training configuration. What is not given comes from the environment, read
/// by the same rules as a training's.
/// </summary>
/// <param name="variable">Reads an environment variable; null reads those of the process.</param>
internal sealed class DeviceOptions(Func<string, string?>? variable = null)
{
    private static readonly IReadOnlyList<Setting> Settings = [.. TrainSettings.All.Where(s => s.Key is "device" or "threads" or "tf32")];

    private readonly Option<string> _device = new("--device") { Description = "auto | cpu | cuda[:i] | soft (default: auto)" };
    private readonly Option<int> _threads = new("--threads") { Description = "worker threads of the CPU backend; 0: all cores (default: 0)" };
    private readonly Option<bool> _tf32 = new("--tf32") { Description = "let products and convolutions of a GPU round their inputs to TF32" };

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
        command.Options.Add(_tf32);
    }

    /// <summary>What was chosen.</summary>
    public DeviceChoice Choice(ParseResult parsed)
    {
        var config = new Resolved<TrainOptions>(Settings);
        config.SetFromEnvironment(variable ?? Environment.GetEnvironmentVariable);
        var environment = config.Build();
        return new(IsGiven(parsed, _device) ? parsed.GetValue(_device)! : environment.Device)
        {
            Threads = IsGiven(parsed, _threads) ? parsed.GetValue(_threads) : environment.Threads,
            Tf32 = IsGiven(parsed, _tf32) ? parsed.GetValue(_tf32) : environment.Tf32,
        };
    }

    /// <summary>Creates the chosen device.</summary>
    public ChosenBackend Create(ParseResult parsed) => BackendFactory.Create(Choice(parsed));

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };
}
