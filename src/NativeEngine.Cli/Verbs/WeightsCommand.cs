using System.CommandLine;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine weights info|convert</c>: looks into weight files and converts between safetensors and PyTorch's .pth.</summary>
internal static class WeightsCommand
{
    public static Command Create() => new("weights", "look into weight files or convert them") { Info(), Convert() };

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

    private static string Text(int[] shape) => $"[{string.Join(',', shape)}]";
}
