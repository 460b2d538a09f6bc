using System.CommandLine;
using System.Globalization;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine lr-find</c>: tries learning rates from small to large and suggests one.</summary>
internal static class LrFindCommand
{
    public static Command Create()
    {
        var defaults = new RangeTestOptions();
        var command = new Command("lr-find", "try learning rates from small to large on a model of its own and suggest one; takes the settings of train");
        var start = new Option<double>("--start-lr") { Description = "first learning rate", DefaultValueFactory = _ => defaults.StartLr };
        var end = new Option<double>("--end-lr") { Description = "last learning rate", DefaultValueFactory = _ => defaults.EndLr };
        var steps = new Option<int>("--num-steps") { Description = "updates, one per rate", DefaultValueFactory = _ => defaults.Steps };
        command.Options.Add(start);
        command.Options.Add(end);
        command.Options.Add(steps);
        var options = new TrainFlags();
        options.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var config = new Resolved(RunSettings.All);
            options.Apply(parsed, config);
            foreach (string choice in DataChoice.Apply(config))
                terminal.Line(choice);
            return Find(RunSettings.Train(config), RunSettings.Device(config),
                new RangeTestOptions { StartLr = parsed.GetValue(start), EndLr = parsed.GetValue(end), Steps = parsed.GetValue(steps) }, terminal);
        });
    }

    private static ExitCode Find(TrainOptions options, DeviceOptions device, RangeTestOptions range, Terminal terminal)
    {
        options.Validate();
        range.Validate();
        var chosen = device.Open();
        using var engine = new Engine(chosen.Backend);
        terminal.Line($"nengine {Application.Version} | .NET {Environment.Version} | device {chosen.Description} | seed {options.Seed}");
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"range test: model {options.Model}, opt {options.Opt}, {range.Steps} updates from lr {range.StartLr:0.0e+00} to {range.EndLr:0.0e+00}"));
        var data = TrainingData.Load(options); // a signal ends the process until here: there is nothing to report yet
        using var stop = new StopSignals(terminal.Line);
        int interval = Math.Max(1, range.Steps / 10);
        var result = LearningRateFinder.Run(engine, options, range, data, (step, lr, loss) =>
        {
            if (step % interval == 0)
                terminal.Line(string.Create(CultureInfo.InvariantCulture, $"step {step,4}/{range.Steps}  lr {lr:0.00e+00}  loss {loss:0.0000}"));
        }, stop.Token);
        Report(result, terminal);
        return stop.Token.IsCancellationRequested ? stop.Code : ExitCode.Ok;
    }

    private static void Report(RangeTestResult result, Terminal terminal)
    {
        if (result.Rates.Count > 0 && !terminal.Json)
        {
            foreach (string line in result.ToChart().ToText(ascii: Terminal.IsPlain))
                terminal.Line(line);
        }

        if (result.Diverged)
            terminal.Line(result.Rates.Count == 0 ? "the loss is not finite before the first update"
                : $"stopped after lr {Rate(result.Rates[^1])}: the loss grew out of hand");
        terminal.Line($"table {result.CsvFile}, plot {result.SvgFile}");
        if (result.Suggestion is { } lr)
        {
            terminal.Result($"suggested --lr {Rate(lr)}: {RangeTestResult.Rule}");
            terminal.Result($"steepest fall at {Rate(result.Steepest!.Value)}, lowest loss at {Rate(result.Lowest!.Value)}");
        }
        else
        {
            terminal.Result("no suggestion: the smoothed loss did not fall by 1 %; try more steps, a higher --end-lr, or look at the data");
        }

        terminal.JsonResult(new
        {
            suggested = result.Suggestion, steepest = result.Steepest, lowest = result.Lowest, diverged = result.Diverged,
            steps = result.Rates.Count, csv = result.CsvFile, svg = result.SvgFile
        });
    }

    private static string Rate(double rate) => rate.ToString("0.0e+00", CultureInfo.InvariantCulture);
}
