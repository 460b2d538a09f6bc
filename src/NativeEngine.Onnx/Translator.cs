using System.Runtime.InteropServices;
using Google.Protobuf;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Onnx.Proto;

namespace NativeEngine.Onnx;

/// <summary>
/// Turns a trace into an ONNX graph, one operation after the other; <c>Translator.Ops.cs</c> has the table. Nodes are called after their layer
/// (<c>layer1.0.conv1/Conv</c>) and so is what they make; initialisers have the names of the state dict.
/// </summary>
internal sealed partial class Translator
{
    private const string Batch = "batch";
    private const string Preparation = "normalize"; // what its nodes are called after

    private readonly ModelTrace _trace;
    private readonly WeightSource _weights;
    private readonly Dictionary<TracedOp, FoldedNorm> _folded;
    private readonly Dictionary<TracedOp, string> _foldedBias;
    private readonly GraphProto _graph = new();
    private readonly Dictionary<Tensor, string> _values = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _names;
    private readonly string _outputName;

    private Translator(ModelTrace trace, WeightSource weights, Dictionary<TracedOp, FoldedNorm> folded, OnnxOptions options)
    {
        (_trace, _weights, _folded) = (trace, weights, folded);
        _foldedBias = new(ReferenceEqualityComparer.Instance);
        foreach (var norm in folded.Values)
            _foldedBias.Add(norm.Into, norm.Bias);
        _outputName = options.OutputName ?? (options.Softmax ? "probabilities" : "logits");
        string[] taken = [.. trace.State.Values, .. _foldedBias.Values];
        if (options.InputName.Length == 0 || _outputName.Length == 0 || options.InputName == _outputName || taken.Contains(options.InputName)
                || taken.Contains(_outputName))
            throw new UsageException($"input '{options.InputName}' and output '{_outputName}': expected names of their own, that no weight has");
        _names = [options.InputName, _outputName, .. taken];
        _graph.Name = options.Name;
    }

    /// <summary>The graph of a trace.</summary>
    /// <exception cref="UsageException">An operation has no counterpart in ONNX.</exception>
    public static GraphProto Translate(ModelTrace trace, WeightSource weights, Dictionary<TracedOp, FoldedNorm> folded, OnnxOptions options)
    {
        var translator = new Translator(trace, weights, folded, options);
        var graph = translator._graph;
        var inputType = options.Normalize is null ? TensorProto.Types.DataType.Float : TensorProto.Types.DataType.Uint8;
        graph.Input.Add(Describe(options.InputName, trace.Input.Shape, inputType));
        translator._values.Add(trace.Input, options.Normalize is { } pixels ? translator.Normalized(options.InputName, pixels) : options.InputName);
        foreach (var op in trace.Ops)
        {
            if (!Table.TryGetValue((op.Op, op.Arguments?.GetType()), out var translate) && !Table.TryGetValue((null, op.Arguments?.GetType()), out translate))
                throw Refused(op, "has no counterpart in ONNX");
            translator._values[op.Output] = translate(translator, op);
        }

        translator.Finish(options.Softmax);
        graph.Output.Add(Describe(translator._outputName, trace.Output.Shape, TensorProto.Types.DataType.Float));
        return graph;
    }

    private static UsageException Refused(TracedOp op, string why) =>
        new($"operation {op.Op}{(op.Layer.Length > 0 ? $" of layer {op.Layer}" : "")} {why}; the model cannot be exported");

    /// <summary>x = (pixel / 255 - mean) / std as one product and one sum.</summary>
    private string Normalized(string pixels, PixelNormalization n)
    {
        var shape = _trace.Input.Shape;
        if (shape.Rank != 4 || n.Mean.Count != shape[1] || n.Std.Count != shape[1])
            throw new UsageException($"input {shape}: cannot be normalised with {n.Mean.Count} means and {n.Std.Count} deviations, expected one per channel");
        float[] factor = [.. n.Std.Select(std => (float)(1 / (255.0 * std)))], summand = [.. n.Mean.Zip(n.Std, (mean, std) => (float)(-(double)mean / std))];
        string x = Add(Preparation, "Cast", [pixels], ("to", (int)TensorProto.Types.DataType.Float));
        x = Add(Preparation, "Mul", [x, Constant(Preparation, "factor", factor, shape[1], 1, 1)]);
        return Add(Preparation, "Add", [x, Constant(Preparation, "summand", summand, shape[1], 1, 1)]);
    }

    /// <summary>Adds the softmax, and gives the result its name; a node of its own when no node makes it.</summary>
    private void Finish(bool softmax)
    {
        if (!_values.TryGetValue(_trace.Output, out var old))
            throw new UsageException("the model's result is not made by operations that can be exported");
        string name = _outputName;
        if (softmax)
            old = Add("", "Softmax", [old], ("axis", 1));
        if (!_graph.Node.Any(n => n.Output[0] == old))
        {
            Add("", "Identity", [old]);
            _graph.Node[^1].Output[0] = name;
            return;
        }

        foreach (var node in _graph.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }

        void Rename(IList<string> values)
        {
            for (int i = 0; i < values.Count; i++)
                values[i] = values[i] == old ? name : values[i];
        }
    }

    /// <summary>Adds a node and returns the name of what it makes.</summary>
    private string Add(TracedOp op, string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Add(op.Layer, type, inputs, attributes);

    private string Add(string layer, string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string name = Unique(layer, type);
        var node = new NodeProto { OpType = type, Name = name, Output = { name } };
        foreach (string input in inputs)
            node.Input.Add(input);
        foreach (var (key, value) in attributes)
        {
            node.Attribute.Add(value switch
            {
                double f => new AttributeProto { Name = key, Type = AttributeProto.Types.AttributeType.Float, F = (float)f },
                int i => new AttributeProto { Name = key, Type = AttributeProto.Types.AttributeType.Int, I = i },
                int[] list => new AttributeProto { Name = key, Type = AttributeProto.Types.AttributeType.Ints, Ints = { list.Select(i => (long)i) } },
                _ => throw new ArgumentException($"attribute {key} is a {value.GetType().Name}", nameof(attributes)),
            });
        }

        _graph.Node.Add(node);
        return name;
    }

    /// <summary>The name of a tensor: the input, a result, or a weight, which becomes an initialiser when it is first read.</summary>
    private string Value(TracedOp op, Tensor tensor)
    {
        if (_values.TryGetValue(tensor, out var name))
            return name;
        if (!_trace.State.TryGetValue(tensor, out name))
            throw Refused(op, $"reads a tensor {tensor.Shape} that is neither a weight nor made by an operation that can be exported");
        _values.Add(tensor, name);
        return Weight(name, tensor.Shape);
    }

    private string Value(TracedOp op, int input) => Value(op, op.Inputs[input]!);

    private string Weight(string name, Shape shape)
    {
        var host = _weights.Get(name, shape);
        Initializer(name, TensorProto.Types.DataType.Float, host.Shape, UnsafeByteOperations.UnsafeWrap(host.Bytes));
        return name;
    }

    private string Constant(TracedOp op, string name, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) => Constant(op.Layer, name, values, shape);

    private string Constant(string layer, string name, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        Constant(layer, name, TensorProto.Types.DataType.Float, shape, ByteString.CopyFrom(MemoryMarshal.AsBytes(values)));

    private string Constant(TracedOp op, string name, ReadOnlySpan<long> values) =>
        Constant(op.Layer, name, TensorProto.Types.DataType.Int64, [values.Length], ByteString.CopyFrom(MemoryMarshal.AsBytes(values)));

    private string Constant(string layer, string name, TensorProto.Types.DataType type, ReadOnlySpan<int> shape, ByteString data)
    {
        name = Unique(layer, name);
        Initializer(name, type, shape, data);
        return name;
    }

    private void Initializer(string name, TensorProto.Types.DataType type, ReadOnlySpan<int> shape, ByteString data)
    {
        var tensor = new TensorProto { Name = name, DataType = type, RawData = data };
        foreach (int extent in shape)
            tensor.Dims.Add(extent);
        _graph.Initializer.Add(tensor);
    }

    private string Unique(string layer, string name)
    {
        string unique = name = layer.Length == 0 ? name : $"{layer}/{name}";
        for (int i = 2; !_names.Add(unique); i++)
            unique = $"{name}_{i}";
        return unique;
    }

    /// <summary>A value of the given shape whose first extent is left open.</summary>
    private static ValueInfoProto Describe(string name, Shape shape, TensorProto.Types.DataType type)
    {
        var open = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = Batch } } };
        foreach (int extent in shape.AsSpan()[1..])
            open.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = open } },
        };
    }
}
