using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;

namespace NativeEngine.Cli.Devices;

/// <summary>
/// The flags that choose a device and how it computes, for verbs that are not driven by the training configuration. What is not given comes from the
/// environment, read by the same rules as a training's.
/// </summary>
/// <param name="variable">Reads an environment variable; null reads those of the process.</param>
internal sealed class DeviceFlags(Func<string, string?>? variable = null)
{
    private readonly ConfigOptions _flags = new(DeviceOptions.Settings);

    public void AddTo(Command command) => _flags.AddFlagsTo(command);

    /// <summary>What was chosen.</summary>
    public DeviceOptions Choice(ParseResult parsed)
    {
        var config = new Resolved(DeviceOptions.Settings);
        config.SetFromEnvironment(variable ?? Environment.GetEnvironmentVariable);
        _flags.ApplyFlags(parsed, config);
        return config.Build<DeviceOptions>() with { Warn = Terminal.Warn };
    }

    /// <summary>Opens the chosen device.</summary>
    public OpenDevice Create(ParseResult parsed) => Choice(parsed).Open();
}
