using System.Text;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>What a reader of ONNX files sees, by the field numbers of the ONNX specification.</summary>
internal sealed class OnnxGraph
{
    public OnnxGraph(ReadOnlyMemory<byte> file)
    {
        var model = new ProtoReader(file);
        IrVersion = model.Integer(1);
        Producer = model.Text(2);
        Opsets = [.. model.Messages(8).Select(o => (o.Text(1), o.Integer(2)))];
        Metadata = model.Messages(14).ToDictionary(m => m.Text(1), m => m.Text(2));
        var graph = model.Message(7);
        Name = graph.Text(2);
        Nodes = [.. graph.Messages(1).Select(n => new OnnxNode(n.Text(3), n.Text(4), n.Texts(1), n.Texts(2), n.Messages(5)))];
        Initializers = [.. graph.Messages(5).Select(t => new OnnxTensor(t.Text(8), t.Integer(2), t.Integers(1), t.Bytes(9)))];
        Inputs = [.. graph.Messages(11).Select(Value)];
        Outputs = [.. graph.Messages(12).Select(Value)];
    }

    public long IrVersion { get; }

    public string Producer { get; }

    public IReadOnlyList<(string Domain, long Version)> Opsets { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public string Name { get; }

    public IReadOnlyList<OnnxNode> Nodes { get; }

    public IReadOnlyList<OnnxTensor> Initializers { get; }

    /// <summary>Name and shape: <c>images float32 [batch,3,64,64]</c>.</summary>
    public IReadOnlyList<string> Inputs { get; }

    public IReadOnlyList<string> Outputs { get; }

    /// <summary>
    /// Fails unless every value is made before it is read and only once, names are unique, initialisers hold what their shapes say and every one
    /// is read.
    /// </summary>
    public void AssertWhole()
    {
        Assert.That(IrVersion, Is.EqualTo(8));
        Assert.That(Opsets, Is.EqualTo(new[] { ("", 17L) }));
        var known = new HashSet<string>(Inputs.Select(i => i.Split(' ')[0]));
        foreach (var tensor in Initializers)
        {
            Assert.That(known.Add(tensor.Name), $"{tensor.Name} is defined twice");
            int size = tensor.Type switch { 1 => 4, 7 => 8, _ => 0 };
            Assert.That(tensor.Data.Length, Is.EqualTo(tensor.Dims.Aggregate(1L, (n, d) => n * d) * size), tensor.Name);
        }

        foreach (var node in Nodes)
        {
            Assert.That(node.Inputs.Where(i => !known.Contains(i)), Is.Empty, $"{node.Name} reads what nobody made before it");
            foreach (string output in node.Outputs)
                Assert.That(known.Add(output), $"{output} is made twice");
        }

        Assert.That(Nodes.Select(n => n.Name).Distinct().Count(), Is.EqualTo(Nodes.Count), "names of nodes");
        var read = Nodes.SelectMany(n => n.Inputs).ToHashSet();
        Assert.That(Initializers.Select(t => t.Name).Where(n => !read.Contains(n)), Is.Empty, "initialisers that nobody reads");
        Assert.That(known, Is.SupersetOf(Outputs.Select(o => o.Split(' ')[0])));
    }

    private static string Value(ProtoReader value)
    {
        var tensor = value.Message(2).Message(1);
        string type = tensor.Integer(1) switch { 1 => "float32", 2 => "uint8", var other => $"type {other}" };
        return $"{value.Text(1)} {type} [{string.Join(',', tensor.Message(2).Messages(1).Select(d => d.Has(2) ? d.Text(2) : $"{d.Integer(1)}"))}]";
    }
}

/// <summary>One operator.</summary>
internal sealed record OnnxNode(string Name, string Type, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<ProtoReader> Attributes)
{
    /// <summary><c>name=value</c> for every attribute, with the field its type tells.</summary>
    public string Describe()
    {
        var text = new StringBuilder(Type);
        foreach (var a in Attributes)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $" {a.Text(1)}=");
            text.Append(a.Integer(20) switch
            {
                1 => $"{a.Float(2)}",
                2 => $"{a.Integer(3)}",
                7 => $"[{string.Join(',', a.Integers(8))}]",
                var type => throw new InvalidDataException($"attribute type {type}"),
            });
        }

        return text.ToString();
    }
}

/// <summary>One initialiser.</summary>
/// <param name="Type">1 float, 7 int64.</param>
internal sealed record OnnxTensor(string Name, long Type, IReadOnlyList<long> Dims, ReadOnlyMemory<byte> Data);
