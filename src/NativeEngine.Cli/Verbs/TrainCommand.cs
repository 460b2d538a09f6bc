using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine train</c>: trains a model, by default a digit classifier on MNIST, or continues a run.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "train a model (by default: a digit classifier on MNIST), or continue a run with --resume");
        var resume = new Option<string?>("--resume")
        {
            Description = "continue a run: its folder or name, or auto for the newest", HelpName = "RUN|auto",
            Arity = ArgumentArity.ZeroOrOne
        };
        command.Options.Add(resume);
        var options = new TrainFlags();
        options.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var config = new Resolved(RunSettings.All);
            RunFolder? run = null;
            if (parsed.GetResult(resume) is OptionResult { Implicit: false })
            {
                run = RunFolder.Find(parsed.GetValue(resume) ?? "auto", options.Given(parsed, "output") ?? config.Build<TrainOptions>().Output);
                foreach (var (key, value, source) in ConfigFile.Read(run.ArgsFile))
                    config.Set(key, value, source);
            }

            options.Apply(parsed, config);
            return Train(config, run, terminal);
        });
    }

    private static ExitCode Train(Resolved config, RunFolder? run, Terminal terminal)
    {
        var choices = DataChoice.Apply(config);
        var options = RunSettings.Train(config);
        options.Validate();
        var chosen = RunSettings.Device(config).Open();
        using var engine = new Engine(chosen.Backend);
        string header = $"nengine {Application.Version} | .NET {Environment.Version} | device {chosen.Description} | seed {options.Seed}";
        var display = new TrainDisplay(terminal, header);
        if (chosen.Reason is { } reason && terminal.Verbose)
            terminal.Line($"device auto: {reason}");
        // a signal ends the process until here: there is nothing to save yet
        var data = run is null ? TrainingData.Load(options) : TrainingData.LoadFor(options, run);
        using var stop = new StopSignals(text =>
        {
            display.EndLiveLine();
            terminal.Line(text);
        });
        var facts = Facts(chosen.Description);
        if (chosen.Notes.Count > 0)
            facts["device_notes"] = string.Join("; ", chosen.Notes);
        foreach (string note in data.Train.Notes.Concat(data.Eval.Notes).Distinct())
            terminal.Line(note);
        var trainer = run is null ? Trainer.Create(engine, options, data, display, facts) : Trainer.Resume(engine, options, run, data, display, facts);
        foreach (string choice in choices)
            terminal.Line(choice);
        foreach (string note in run is null ? trainer.WeightNotes : [])
            terminal.Line(note);
        var result = trainer.Fit(stop.Token);
        Report(result, trainer, options, display.FirstStepSeconds, terminal);
        return result.Stopped == StopReason.Cancelled && stop.Code != ExitCode.Ok ? stop.Code : ExitCode.Ok;
    }

    private static void Report(TrainResult result, Trainer trainer, TrainOptions options, double? firstStep, Terminal terminal)
    {
        double peak = ProcessMemory.PeakMb();
        var summary = new Dictionary<string, object?>
        {
            ["run"] = result.RunPath,
            ["epoch"] = result.Epoch,
            ["step"] = result.Step,
            ["stopped"] = result.Stopped.ToString().ToLowerInvariant(),
        };
        var metrics = trainer.Task.Metrics.OrderByDescending(m => m.HigherIsBetter).ToList(); // a result begins with what people look for
        foreach (var metric in metrics.OrderBy(m => m.OnRequest))
            summary[$"eval_{metric.Name}"] = result.Eval?.Values.TryGetValue(metric.Name, out double value) == true ? Round(value) : null;
        summary["best"] = Round(result.Best);
        summary["best_epoch"] = result.BestEpoch;
        summary["train_s"] = Math.Round(result.TrainSeconds, 2);
        summary["first_step_s"] = firstStep is { } s ? Math.Round(s, 3) : null;
        summary["peak_rss_mb"] = Math.Round(peak, 1);
        summary["weights_sha256"] = result.WeightsHash;
        if (terminal.Json)
        {
            terminal.JsonResult(summary);
            return;
        }

        if (result.Eval is { } eval)
            terminal.Line($"done in {result.TrainSeconds:F1}s of training: val {string.Join(' ', eval.Of(metrics))}, "
                + $"best {result.Best.ToString(result.Deciding.Format)} in epoch {result.BestEpoch}, peak memory {peak:F0} MB");
        else
            terminal.Line($"stopped after {result.Step} steps ({result.TrainSeconds:F1}s of training), saved");
        terminal.Line($"run folder: {result.RunPath}");
        terminal.Line("next:");
        foreach (string command in NextCommands.After(result, options, trainer.Example))
            terminal.Line($"  {command}");
        if (!Console.IsOutputRedirected)
            return; // a person has read all of it
        Console.Out.WriteLine("--result");
        new Terminal(json: true, quiet: true, verbose: false).JsonResult(summary);
    }

    private static double? Round(double value) => double.IsFinite(value) ? Math.Round(value, 4) : null;

    private static Dictionary<string, string> Facts(string device) => new()
    {
        ["nengine"] = Application.Version,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["os"] = RuntimeInformation.OSDescription,
        ["device"] = device,
        ["processors"] = Environment.ProcessorCount.ToString(),
        ["command"] = Environment.CommandLine,
    };
}
