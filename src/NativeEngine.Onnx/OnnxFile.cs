using Google.Protobuf;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Onnx.Proto;

namespace NativeEngine.Onnx;

/// <summary>
/// Writes a model as an ONNX file: its evaluation pass as a graph of standard operators, its weights as initialisers. The batch is left open,
/// the other extents are fixed. Tensors of the file are NCHW like their logical shapes here.
/// </summary>
public static class OnnxFile
{
    /// <summary>Version of the standard operators the graph uses.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8; // the file format that came with opset 17
    private const long LargestWeights = int.MaxValue - (1 << 24); // a protobuf message's length is an int; the rest is for the graph

    /// <summary>Writes <paramref name="path"/> through a temporary name; see <see cref="Write(Stream, Module, Shape, StateDict, OnnxOptions?)"/>.</summary>
    /// <exception cref="CheckpointException">Also when the file cannot be written.</exception>
    public static OnnxSummary Write(string path, Module module, Shape input, StateDict weights, OnnxOptions? options = null)
    {
        var (model, folded) = Build(module, input, weights, options ?? new OnnxOptions());
        AtomicFile.Write(path, stream => Write(stream, model));
        return Summarize(model, folded);
    }

    /// <summary>
    /// Writes the model. The module is run once, in evaluation mode, to see its operations; its mode is restored. Its own values are not read,
    /// so a module on a <see cref="ShapeBackend"/> costs neither time nor memory.
    /// </summary>
    /// <param name="stream">Where the file goes.</param>
    /// <param name="module">Images [N, C, H, W] to the output.</param>
    /// <param name="input">[N, C, H, W] with any N.</param>
    /// <param name="weights">Parameters and buffers by name.</param>
    /// <param name="options">Names, metadata, folding, what comes before and after the model.</param>
    /// <exception cref="UsageException">The model has an operation that ONNX has no counterpart for, or is larger than a protobuf file can be.</exception>
    /// <exception cref="CheckpointException">The weights lack a tensor or have it in another shape.</exception>
    public static OnnxSummary Write(Stream stream, Module module, Shape input, StateDict weights, OnnxOptions? options = null)
    {
        var (model, folded) = Build(module, input, weights, options ?? new OnnxOptions());
        Write(stream, model);
        return Summarize(model, folded);
    }

    // Messages go through a buffer of this size; the library's own of 4 KiB is a system call for every thousand weights.
    private static void Write(Stream stream, ModelProto model)
    {
        using var output = new CodedOutputStream(stream, 1 << 20, leaveOpen: true);
        model.WriteTo(output);
    }

    private static (ModelProto Model, int Folded) Build(Module module, Shape input, StateDict weights, OnnxOptions options)
    {
        var trace = ModelTrace.Of(module, input);
        var source = new WeightSource(weights);
        var folded = options.FoldBatchNorm ? BatchNormFold.Apply(trace, source) : [];
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "NativeEngine",
            ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version!.ToString(3),
            Graph = Translator.Translate(trace, source, folded, options),
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
        };
        foreach (var (key, value) in options.Metadata)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        long bytes = model.Graph.Initializer.Sum(t => (long)t.RawData.Length);
        if (bytes > LargestWeights)
            throw new UsageException($"{options.Name}: {bytes / 1e9:F1} GB of weights do not fit an ONNX file, which holds at most 2 GiB");
        return (model, folded.Count);
    }

    private static OnnxSummary Summarize(ModelProto model, int folded) => new(
        Opset,
        model.Graph.Node.Count,
        model.Graph.Initializer.Sum(t => t.Dims.Aggregate(1L, (product, extent) => product * extent)),
        model.CalculateSize(),
        Describe(model.Graph.Input[0]),
        Describe(model.Graph.Output[0]),
        folded,
        model.Graph.Node.Count(n => n.OpType == "BatchNormalization"));

    private static string Describe(ValueInfoProto value) =>
        $"{value.Name} [{string.Join(',', value.Type.TensorType.Shape.Dim.Select(d => d.HasDimParam ? d.DimParam : $"{d.DimValue}"))}] "
            + $"{(value.Type.TensorType.ElemType == TensorProto.Types.DataType.Uint8 ? "uint8" : "float32")}";
}
