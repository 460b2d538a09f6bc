using System.CommandLine;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine weights info|convert|average</c>: looks into weight files, converts between safetensors and PyTorch's .pth, averages checkpoints.</summary>
internal static class WeightsCommand
{
    public static Command Create() => new("weights", "look into weight files, convert or average them") { Info(), Convert(), Average() };

    private static Command Info()
    {
        var path = new Argument<string>("file") { Description = "a .safetensors, .pth or .pt file" };
        return new Command("info", "list the tensors of a weight file") { path }.Runs((parsed, terminal) =>
        {
            string file = parsed.GetValue(path)!;
            var weights = WeightFile.Read(file);
            int width = weights.Tensors.Keys.Append("").Max(n => n.Length);
            foreach (var (name, tensor) in weights.Tensors)
                terminal.Result($"{name.PadRight(width)}  {tensor.Type,-5} {Text(tensor.Shape)}");
            foreach (var (key, value) in weights.Metadata)
                terminal.Result($"{key}: {(value.Length > 120 ? $"{value[..120]}..." : value)}");
            terminal.Result($"{file}: {weights.Format}, {weights.Tensors.Count} tensors, {weights.Tensors.Elements:N0} values");
            terminal.JsonResult(new
            {
                file,
                format = weights.Format,
                values = weights.Tensors.Elements,
                metadata = weights.Metadata,
                tensors = weights.Tensors.Select(t => new { name = t.Key, dtype = t.Value.Type.ToString(), shape = t.Value.Shape }),
            });
            return ExitCode.Ok;
        });
    }

    private static Command Convert()
    {
        var source = new Argument<string>("in") { Description = "a .safetensors, .pth or .pt file" };
        var target = new Argument<string>("out") { Description = "the file to write; its extension says the format" };
        var halves = new Option<bool>("--f32") { Description = "convert all floats to 32 bits" };
        return new Command("convert", "convert a weight file: .pth to .safetensors or back") { source, target, halves }.Runs((parsed, terminal) =>
        {
            string from = parsed.GetValue(source)!, to = parsed.GetValue(target)!;
            var weights = WeightFile.Read(from);
            var tensors = weights.Tensors;
            if (parsed.GetValue(halves))
            {
                tensors = new StateDict();
                foreach (var (name, tensor) in weights.Tensors)
                    tensors.Add(name, tensor.Type.IsFloat() ? tensor.AsF32() : tensor);
            }

            WeightFile.Write(to, tensors, weights.Metadata);
            terminal.Result($"{to}: {tensors.Count} tensors, {tensors.Elements:N0} values from {from}");
            terminal.JsonResult(new { file = to, source = from, tensors = tensors.Count, values = tensors.Elements });
            return ExitCode.Ok;
        });
    }

    private static Command Average()
    {
        var sources = new Argument<string[]>("in") { Description = "weight files, run folders or names of runs, of one model", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string>("--out") { Description = "the file to write; its extension says the format", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "folder that run folders are in", DefaultValueFactory = _ => "runs" };
        return new Command("average", "the mean of several checkpoints of one model; integers and metadata are those of the last") { sources, target, output }.Runs((parsed, terminal) =>
        {
            string to = parsed.GetValue(target)!;
            var paths = parsed.GetValue(sources)!.Select(p => RunFolder.FindWeights(p, parsed.GetValue(output)!)).ToList();
            var mean = CheckpointAverage.Write(paths, to);
            terminal.Result($"{to}: {mean.Count} tensors, {mean.Elements:N0} values, the mean of {string.Join(", ", paths)}");
            terminal.JsonResult(new { file = to, sources = paths, tensors = mean.Count, values = mean.Elements });
            return ExitCode.Ok;
        });
    }

    private static string Text(int[] shape) => $"[{string.Join(',', shape)}]";
}
