using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine weights info|convert|average</c>: looks into weight files, converts between safetensors and PyTorch's .pth, averages
/// checkpoints.</summary>
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
            int width = weights.Tensors.Keys.Append("").Max(n => Printable.Text(n).Length);
            foreach (var (name, tensor) in weights.Tensors)
                terminal.Result($"{Printable.Text(name).PadRight(width)}  {tensor.Type,-5} {Text(tensor.Shape)}");
            foreach (var (key, value) in weights.Metadata)
                terminal.Result($"{Printable.Text(key)}: {Printable.Text(value, 120)}");
            Notes(weights, terminal);
            long bytes = weights.Tensors.Values.Sum(t => (long)t.Bytes.Length);
            terminal.Result($"{file}: {weights.Format}, {weights.Tensors.Count} tensors, {weights.Tensors.Elements:N0} values, "
                + $"{bytes / (double)(1 << 20):N1} MiB");
            terminal.JsonResult(new
            {
                file,
                format = weights.Format,
                values = weights.Tensors.Elements,
                bytes,
                metadata = weights.Metadata,
                beside = weights.Beside,
                problem = WeightValues.FirstFault(weights.Tensors),
                tensors = weights.Tensors.Select(t => new { name = t.Key, dtype = t.Value.Type.ToString(), shape = t.Value.Shape }),
            });
            return ExitCode.Ok;
        });
    }

    private static Command Convert()
    {
        var source = new Argument<string>("in") { Description = "a .safetensors, .pth or .pt file" };
        var target = new Argument<string>("out") { Description = "the file to write, .safetensors, .pth or .pt; an existing one is replaced" };
        var type = new Option<string?>("--dtype")
        {
            Description = "write all floats as f64, f32, f16 or bf16; integers stay (absent: as they are)",
            HelpName = "TYPE"
        };
        return new Command("convert", "convert a weight file: .pth to .safetensors or back, or to another type of float") { source, target,
            type }.Runs((parsed, terminal) =>
        {
            string from = parsed.GetValue(source)!, to = parsed.GetValue(target)!;
            var floats = FloatType(parsed.GetValue(type));
            WeightFile.RequireWritable(to);
            var weights = WeightFile.Read(from);
            var (tensors, metadata) = (weights.Tensors, weights.Metadata);
            if (floats is { } chosen)
            {
                tensors = weights.Tensors.WithFloatsAs(chosen, from);
                metadata = CheckpointMetadata.For(tensors, weights, from);
            }

            using var stop = new StopSignals(_ => terminal.Line($"stopping; {to} stays as it was"));
            try
            {
                WeightFile.Write(to, tensors, metadata, stop.Token);
            }
            catch (OperationCanceledException)
            {
                return stop.Code;
            }

            Notes(weights, terminal);
            terminal.Result($"{to}: {tensors.Count} tensors, {tensors.Elements:N0} values from {from}");
            terminal.JsonResult(new { file = to, source = from, tensors = tensors.Count, values = tensors.Elements, beside = weights.Beside });
            return ExitCode.Ok;
        });
    }

    /// <summary>What a person should know of a file that is taken as it is.</summary>
    private static void Notes(WeightFile file, Terminal terminal)
    {
        if (file.Beside.Count > 0)
            terminal.Result($"not part of the state dict and left out: {NameList.Some([.. file.Beside.Select(n => Printable.Text(n))])}");
        if (WeightValues.FirstFault(file.Tensors) is { } fault)
            terminal.Result($"warning: {fault}");
    }

    private static WeightType? FloatType(string? name) => name switch
    {
        null => null,
        "f64" => WeightType.F64,
        "f32" => WeightType.F32,
        "f16" => WeightType.F16,
        "bf16" => WeightType.BF16,
        _ => throw new UsageException($"--dtype {name}: expected f64, f32, f16 or bf16"),
    };

    private static Command Average()
    {
        var sources = new Argument<string[]>("in")
        {
            Description = "weight files, run folders or names of runs, of one model",
            Arity = ArgumentArity.OneOrMore
        };
        var target = new Option<string>("--out") { Description = "the file to write; its extension says the format", HelpName = "FILE", Required = true };
        var output = RunSettings.Flag<string>("output", "folder that run folders are in", "runs");
        return new Command("average", "the mean of several checkpoints of one model; integers and metadata are those of the last") { sources, target,
            output }.Runs((parsed, terminal) =>
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
