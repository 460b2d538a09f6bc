using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine models list|info</c>: the catalogue, and one model layer by layer.</summary>
internal static class ModelsCommand
{
    public static Command Create() => new("models", "list the models, or show one layer by layer") { List(), Info() };

    private static Command List()
    {
        var pattern = new Argument<string?>("text") { Description = "only names that contain this", Arity = ArgumentArity.ZeroOrOne };
        return new Command("list", "list the models with their sizes") { pattern }.Runs((parsed, terminal) =>
        {
            string text = parsed.GetValue(pattern) ?? "";
            var found = ModelCatalogue.All.Where(d => d.Name.Contains(text, StringComparison.OrdinalIgnoreCase)).ToList();
            if (found.Count == 0)
                throw new UsageException($"no model name contains '{text}'; `models list` shows all {ModelCatalogue.All.Count}");
            terminal.Result($"{"model",-26} {"input",-12} {"classes",7} {"params",9} {"MACs",9}  source");
            var rows = new List<object>();
            foreach (var definition in found)
            {
                var summary = ModelSummary.Of(definition.Name);
                var s = definition.Defaults;
                terminal.Result($"{definition.Name,-26} {$"{s.InChans}x{s.ImgSize}x{s.ImgSize}",-12} {s.NumClasses,7} {Short(summary.Parameters),9} "
                    + $"{Short(summary.Macs),9}  {definition.Paper}");
                rows.Add(new
                {
                    model = definition.Name, in_chans = s.InChans, img_size = s.ImgSize, num_classes = s.NumClasses,
                    parameters = summary.Parameters, macs = summary.Macs, paper = definition.Paper
                });
            }

            terminal.JsonResult(new { models = rows });
            return ExitCode.Ok;
        });
    }

    private static Command Info()
    {
        var name = new Argument<string>("model") { Description = "a name of `models list`" };
        var batch = RunSettings.Flag<int>("batch_size", "images of the pass", 1);
        var classes = RunSettings.Flag<int?>("num_classes", "length of the logits");
        var channels = RunSettings.Flag<int?>("in_chans", "channels of the images");
        var size = RunSettings.Flag<int?>("img_size", "height and width of the images");
        return new Command("info", "show layers, output shapes, parameters, multiply-adds and activation memory") { name, batch, classes, channels,
            size }.Runs((parsed, terminal) =>
        {
            int n = Verb.AtLeastOne("--batch-size", parsed.GetValue(batch));
            var summary = ModelSummary.Of(parsed.GetValue(name)!,
                new ModelOptions { NumClasses = parsed.GetValue(classes), InChans = parsed.GetValue(channels), ImgSize = parsed.GetValue(size) }, n);
            int width = Math.Max(8, summary.Layers.Max(l => l.Name.Length));
            terminal.Result($"{summary.Architecture}: input {summary.Input}, output {summary.Output}");
            terminal.Result(ModelCatalogue.Find(summary.Architecture).Paper);
            terminal.Result("");
            terminal.Result($"{"layer".PadRight(width)}  {"type",-17} {"output",-18} {"params",12} {"MACs",16} {"activations",12}");
            foreach (var layer in summary.Layers)
                terminal.Result($"{layer.Name.PadRight(width)}  {layer.Type,-17} {layer.Output,-18} {layer.Parameters,12:N0} {layer.Macs,16:N0} "
                    + $"{Bytes(layer.ActivationBytes),12}");
            terminal.Result($"{"total".PadRight(width)}  {"",-17} {summary.Output,-18} {summary.Parameters,12:N0} {summary.Macs,16:N0} "
                + $"{Bytes(summary.ActivationBytes),12}");
            terminal.JsonResult(new
            {
                model = summary.Architecture,
                input = summary.Input.ToArray(),
                output = summary.Output.ToArray(),
                parameters = summary.Parameters,
                buffers = summary.Buffers,
                macs = summary.Macs,
                activation_bytes = summary.ActivationBytes,
                layers = summary.Layers.Select(l => new
                {
                    name = l.Name, type = l.Type, output = l.Output.ToArray(), parameters = l.Parameters, macs = l.Macs,
                    activation_bytes = l.ActivationBytes
                }),
            });
            return ExitCode.Ok;
        });
    }

    private static string Bytes(long bytes) => bytes < 1 << 20 ? $"{bytes / 1024.0:F1} KiB" : $"{bytes / (double)(1 << 20):F1} MiB";

    private static string Short(long count) => count switch
    {
        >= 1_000_000_000 => $"{count / 1e9:F2}G",
        >= 1_000_000 => $"{count / 1e6:F2}M",
        _ => $"{count / 1e3:F1}K",
    };
}
