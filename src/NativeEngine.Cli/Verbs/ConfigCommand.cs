using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine config show</c>: every resolved setting with its source, as YAML that replays the same run.</summary>
internal static class ConfigCommand
{
    public static Command Create()
    {
        var options = new TrainFlags();
        var show = new Command("show", "print every setting with its source, as YAML that `train -c` replays");
        options.AddTo(show);
        var curve = new Option<string?>("--lr-curve")
        {
            Description = "also draw the learning rate of the whole run, and write it to FILE.svg if given",
            HelpName = "FILE.svg", Arity = ArgumentArity.ZeroOrOne
        };
        show.Options.Add(curve);
        show.Runs((parsed, terminal) =>
        {
            var config = new Resolved(RunSettings.All);
            options.Apply(parsed, config);
            DataChoice.Apply(config);
            var built = RunSettings.Train(config);
            built.Validate();
            foreach (var (setting, value, source) in config.Entries)
                terminal.Result($"{setting.Key + ": " + SettingValue.Format(value),-34} # {source}");
            if (parsed.GetResult(curve) is OptionResult { Implicit: false })
                ShowCurve(built, SvgFile(parsed.GetValue(curve)), terminal);
            terminal.JsonResult(config.Entries.ToDictionary(e => e.Setting.Key, e => new { value = e.Value, source = e.Source }));
            return ExitCode.Ok;
        });
        var reference = new Command("reference", "print every setting with its flags, values and default as a page of Markdown").Runs((_, terminal) =>
        {
            foreach (string line in SettingsPage.Lines())
                terminal.Result(line);
            return ExitCode.Ok;
        });
        return new Command("config", "look at the configuration") { show, reference };
    }

    private static string? SvgFile(string? file) => file is null || string.Equals(Path.GetExtension(file), ".svg", StringComparison.OrdinalIgnoreCase)
        ? file
        : throw new UsageException($"--lr-curve {file}: the curve is written as SVG, expected a name that ends in .svg");

    /// <summary>Prints the curve as YAML comments, so that the output stays a configuration file.</summary>
    private static void ShowCurve(TrainOptions options, string? file, Terminal terminal)
    {
        const int assumedUpdates = 100;
        int classes = Math.Max(1, options.BatchSize / options.SamplesPerClass);
        // one of each for the pk sampler
        int[] labels = [.. Enumerable.Range(0, assumedUpdates * options.BatchSize * options.GradAccumSteps).Select(i => i % classes)];
        string source;
        try
        {
            var data = TrainingData.Load(options);
            labels = TrainingData.TrainLabels(options, data);
            source = $"{data.Train.Name}: {labels.Length} images";
        }
        catch (DataException e)
        {
            source = $"assumed, there is no data to count: {e.Message}";
        }

        var rates = LearningRateCurve.OfRun(options, labels);
        var chart = new LineChart($"learning rate of {rates.Count} updates{(options.Stages is null ? $", sched {options.Sched}" : "")}", "epoch", "lr")
        {
            Series = [new("lr", [.. rates.Select(r => r.Epoch)], [.. rates.Select(r => r.Lr)])],
        };
        terminal.Result($"# updates per epoch {LearningRateCurve.StepsPerEpoch(options, labels)} ({source})");
        foreach (string line in chart.ToText(ascii: Terminal.IsPlain))
            terminal.Result($"# {line}");
        int highest = rates.Index().MaxBy(r => r.Item.Lr).Index;
        foreach (var (what, step) in new[] { ("first", 0), ("highest", highest), ("middle", rates.Count / 2), ("last", rates.Count - 1) })
            terminal.Result(string.Create(CultureInfo.InvariantCulture,
                $"# {what,-7} update {step + 1,7} epoch {rates[step].Epoch,8:0.00}  lr {rates[step].Lr:0.000e+00}"));
        if (options.Sched == "plateau")
            terminal.Result("# plateau is shown as long as the metric improves; every drop multiplies the rate by gamma");
        if (file is null)
            return;
        chart.WriteSvg(file);
        terminal.Result($"# written to {file}");
    }
}
