using System.CommandLine;
using NativeEngine.Core;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine eval</c>: loss and accuracy of a trained model.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var command = new Command("eval", "measure a trained model: loss, top-1, top-5");
        var batch = new Option<int>("--batch-size", "-b") { Description = "images per batch", DefaultValueFactory = _ => 250 };
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
            terminal.Result($"{trained.Path}: {trained.Card.Architecture} on {data.Name}, {result.Images} images: loss {result.Loss:F4} top1 "
                + $"{result.Top1:F2} top5 {result.Top5:F2}{result.RecallText} | {result.Seconds:F2}s, {result.Images / result.Seconds:F0} img/s");
            terminal.JsonResult(new
            {
                weights = trained.Path, model = trained.Card.Architecture, data = data.Name, images = result.Images,
                eval_top1 = Math.Round(result.Top1, 4), eval_top5 = Math.Round(result.Top5, 4), eval_loss = Math.Round(result.Loss, 6),
                eval_recall1 = result.Recall1 is { } recall ? Math.Round(recall, 4) : (double?)null, seconds = Math.Round(result.Seconds, 3)
            });
            return ExitCode.Ok;
        });
    }
}
