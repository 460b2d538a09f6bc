using System.CommandLine;

namespace NativeEngine.Cli.Devices;

/// <summary>The options that choose a device, for verbs that are not driven by the training configuration.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = new("--device") { Description = "auto | cpu | cuda[:i] | soft", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NENGINE_DEVICE") ?? "auto" };

    private readonly Option<int> _threads = new("--threads") { Description = "worker threads of the CPU backend (0 = all cores)", DefaultValueFactory = _ => int.TryParse(Environment.GetEnvironmentVariable("NENGINE_THREADS"), out int n) ? n : 0 };

    private readonly Option<bool> _tf32 = new("--tf32") { Description = "let products and convolutions of a GPU round their inputs to TF32", DefaultValueFactory = _ => bool.TryParse(Environment.GetEnvironmentVariable("NENGINE_TF32"), out bool on) && on };

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
        command.Options.Add(_tf32);
    }

    /// <summary>What was chosen.</summary>
    public DeviceChoice Choice(ParseResult parsed) => new(parsed.GetValue(_device)!) { Threads = parsed.GetValue(_threads), Tf32 = parsed.GetValue(_tf32) };

    /// <summary>Creates the chosen device.</summary>
    public ChosenBackend Create(ParseResult parsed) => BackendFactory.Create(Choice(parsed));
}
