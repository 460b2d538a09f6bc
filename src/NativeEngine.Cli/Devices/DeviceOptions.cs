using System.CommandLine;

namespace NativeEngine.Cli.Devices;

/// <summary>The options that choose a device, for verbs that are not driven by the training configuration.</summary>
internal sealed class DeviceOptions
{
    public Option<string> Device { get; } = new("--device") { Description = "auto | cpu | cuda[:i] | soft", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NENGINE_DEVICE") ?? "auto" };

    public Option<int> Threads { get; } = new("--threads") { Description = "worker threads of the CPU backend (0 = all cores)", DefaultValueFactory = _ => int.TryParse(Environment.GetEnvironmentVariable("NENGINE_THREADS"), out int n) ? n : 0 };

    public void AddTo(Command command)
    {
        command.Options.Add(Device);
        command.Options.Add(Threads);
    }
}
