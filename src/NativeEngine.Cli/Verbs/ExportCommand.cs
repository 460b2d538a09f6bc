using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;
using NativeEngine.Onnx;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine export SOURCE OUT</c>: writes a trained model as ONNX, or its weights as safetensors or .pth.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var from = new Argument<string>("source")
        {
            Description = "a run folder, a run's name, auto for the newest run, a .safetensors, .pth or .pt file, "
            + "or a model of `models list` with drawn weights"
        };
        var target = new Argument<string>("out") { Description = "the file to write: .onnx, .safetensors, .pth or .pt; an existing one is replaced" };
        var fold = new Option<bool>("--fold-bn") { Description = "ONNX: multiply batch norms into the layers before them" };
        var normalize = new Option<bool>("--normalize") { Description = "ONNX: take pixels 0 to 255 as uint8 and normalise them inside the graph" };
        var softmax = new Option<bool>("--softmax") { Description = "ONNX: give probabilities instead of logits" };
        var command = new Command("export", "write a model as ONNX, or its weights as .safetensors or .pth") { from, target, fold, normalize, softmax };
        var sources = new ModelSourceOptions();
        sources.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            string path = parsed.GetValue(target)!;
            string format = Path.GetExtension(path).ToLowerInvariant();
            if (format is not (".onnx" or ".safetensors" or ".pth" or ".pt"))
                throw new UsageException($"{path}: unknown format '{format}', expected .onnx, .safetensors, .pth or .pt");
            if (format != ".onnx" && new[] { fold, normalize, softmax }.FirstOrDefault(parsed.GetValue) is { } option)
                throw new UsageException($"{option.Name}: expected with an .onnx file, {path} holds the weights alone, as they are");
            using var source = sources.Open(parsed, parsed.GetValue(from)!);
            if (format == ".onnx")
                WriteOnnx(source, path, new OnnxOptions
                {
                    FoldBatchNorm = parsed.GetValue(fold), Softmax = parsed.GetValue(softmax),
                    Normalize = parsed.GetValue(normalize) ? Normalization(source) : null
                }, terminal);
            else
                WriteWeights(source, path, terminal);
            return ExitCode.Ok;
        });
    }

    private static void WriteOnnx(ModelSource source, string path, OnnxOptions options, Terminal terminal)
    {
        var model = source.Model;
        bool inside = options.Normalize is not null;
        var summary = OnnxFile.Write(path, model, model.InputShape(2), source.Weights,
            options with { Name = model.Architecture, Metadata = Metadata(source, inside) });
        terminal.Result($"{path}: {model.Architecture} from {source.Origin}, ONNX opset {summary.Opset}, {summary.Nodes} nodes, {summary.Values:N0} "
            + $"values, {summary.Bytes / (double)(1 << 20):F1} MiB");
        if (options.FoldBatchNorm)
            terminal.Result($"batch norms  {summary.Folded} multiplied into the layer "
                + $"before{(summary.BatchNorms > 0 ? $", {summary.BatchNorms} left: they do not follow right after a convolution or linear layer" : "")}");
        string pixels = inside ? ": pixels 0 to 255" : source.Card is { } card ? $": (pixel / 255 - [{Numbers(card.Mean)}]) / [{Numbers(card.Std)}]" : "";
        terminal.Result($"input   {summary.Input}{pixels}");
        terminal.Result($"output  {summary.Output}");
        terminal.JsonResult(new
        {
            file = path, source = source.Origin, model = model.Architecture, format = "onnx", opset = summary.Opset, nodes = summary.Nodes,
            values = summary.Values, bytes = summary.Bytes,
            input = summary.Input, output = summary.Output, fold_bn = options.FoldBatchNorm, folded = summary.Folded, batch_norms = summary.BatchNorms,
            normalize = inside, softmax = options.Softmax,
        });
    }

    private static PixelNormalization Normalization(ModelSource source) => source.Card is { } card
        ? new PixelNormalization(card.Mean, card.Std)
        : throw new UsageException($"--normalize: {source.Origin} does not say with which mean and deviation its images were normalised");

    private static void WriteWeights(ModelSource source, string path, Terminal terminal)
    {
        WeightFile.Write(path, source.Weights, source.FileMetadata);
        terminal.Result($"{path}: {source.Model.Architecture} from {source.Origin}, {source.Weights.Count} tensors, {source.Weights.Elements:N0} values");
        terminal.JsonResult(new
        {
            file = path, source = source.Origin, model = source.Model.Architecture,
            format = Path.GetExtension(path)[1..].ToLowerInvariant(), tensors = source.Weights.Count, values = source.Weights.Elements
        });
    }

    /// <summary>What a program needs to prepare images and to name the answers.</summary>
    private static Dictionary<string, string> Metadata(ModelSource source, bool normalizes)
    {
        var s = source.Model.Settings;
        var metadata = new Dictionary<string, string>
        {
            ["arch"] = source.Model.Architecture,
            ["num_classes"] = s.NumClasses.ToString(CultureInfo.InvariantCulture),
            ["input_size"] = JsonSerializer.Serialize(new[] { s.InChans, s.ImgSize, s.ImgSize }),
        };
        if (source.Card is { } card)
        {
            metadata["classes"] = JsonSerializer.Serialize(card.Classes);
            metadata["mean"] = JsonSerializer.Serialize(card.Mean);
            metadata["std"] = JsonSerializer.Serialize(card.Std);
            var format = DatasetFormats.Default.Find(card.Options.Dataset);
            if (format.CropsCentre)
                metadata["crop_pct"] = card.Options.CropPct.ToString(CultureInfo.InvariantCulture);
            string pixels = normalizes ? "pixels 0..255, NCHW, uint8" : "pixels 0..255 to (pixel / 255 - mean) / std per channel, NCHW, float32";
            metadata["preprocessing"] = $"{format.Preparation}; {pixels}";
        }

        return metadata;
    }

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));
}
