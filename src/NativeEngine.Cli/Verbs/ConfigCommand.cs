using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Core;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine config show</c>: every resolved setting with its source, as YAML that replays the same run.</summary>
internal static class ConfigCommand
{
    public static Command Create()
    {
        var options = new ConfigOptions<TrainOptions>(TrainSettings.All);
        var show = new Command("show", "print every setting with its source, as YAML that `train -c` replays");
        options.AddTo(show);
        show.Runs((parsed, terminal) =>
        {
            var config = new Resolved<TrainOptions>(TrainSettings.All);
            options.Apply(parsed, config);
            StagesFile.Inline(config.Build()).Validate();
            foreach (var (setting, value, source) in config.Entries)
                terminal.Result($"{setting.Key + ": " + SettingValue.Format(value),-34} # {source}");
            terminal.JsonResult(config.Entries.ToDictionary(e => e.Setting.Key, e => new { value = e.Value, source = e.Source }));
            return ExitCode.Ok;
        });
        return new Command("config", "look at the configuration") { show };
    }
}
