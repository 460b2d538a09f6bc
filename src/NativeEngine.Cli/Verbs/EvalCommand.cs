using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Core;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine eval</c>: loss and accuracy of a trained model.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var command = new Command("eval", "measure a trained model: loss, top-1, top-5");
        var batch = RunSettings.Flag<int>("batch_size", "images per batch", 250);
        var model = new TrainedModelOptions();
        model.AddTo(command);
        command.Options.Add(batch);
        return command.Runs((parsed, terminal) =>
        {
            int size = Verb.AtLeastOne("--batch-size", parsed.GetValue(batch));
            using var engine = model.CreateEngine(parsed);
            var trained = model.Load(parsed, engine);
            var data = model.Data(parsed, trained, terminal);
            var result = trained.Evaluate(data, size);
            var figures = result.Of(trained.Task.Metrics);
            terminal.Result($"{trained.Path}: {trained.Card.Architecture} on {data.Name}, {result.Images} images: {string.Join(' ', figures)} | "
                + $"{result.Seconds:F2}s, {result.Images / result.Seconds:F0} img/s");
            var json = new Dictionary<string, object?>
            {
                ["weights"] = trained.Path, ["model"] = trained.Card.Architecture, ["data"] = data.Name, ["images"] = result.Images,
            };
            foreach (var metric in trained.Task.Metrics)
                json[$"eval_{metric.Name}"] = result.Values.TryGetValue(metric.Name, out double value) ? Math.Round(value, metric.Digits) : null;
            json["seconds"] = Math.Round(result.Seconds, 3);
            terminal.JsonResult(json);
            return ExitCode.Ok;
        });
    }
}
