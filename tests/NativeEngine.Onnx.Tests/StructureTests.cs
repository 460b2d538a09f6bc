using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Onnx.Tests.Support;

namespace NativeEngine.Onnx.Tests;

/// <summary>What lies in the file, read back by a reader of our own; needs no runtime.</summary>
public sealed class StructureTests
{
    private const int LargestFile = 600 << 20; // vgg19_bn's

    /// <summary>Holds one file after the other; its pages come when they are first written.</summary>
    private readonly MemoryStream _file = new(LargestFile);

    private static IEnumerable<string> Names => ModelCatalogue.All.Select(d => d.Name);

    [OneTimeTearDown]
    public void FreeFile() => _file.Dispose();

    [TestCaseSource(nameof(Names))]
    public void EveryValueIsMadeBeforeItIsReadAndWeightsHaveTheirShapes(string name)
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { NumClasses = 7, Initialize = false });
        var graph = Export(model, model.InputShape(2), new OnnxOptions { Name = name });
        graph.AssertWhole();
        var s = model.Settings;
        Assert.That(graph.Name, Is.EqualTo(name));
        Assert.That(graph.Inputs, Is.EqualTo(new[] { $"images float32 [batch,{s.InChans},{s.ImgSize},{s.ImgSize}]" }));
        Assert.That(graph.Outputs, Is.EqualTo(new[] { "logits float32 [batch,7]" }));
        // Every parameter and buffer is there under its name and shape; only the counters of batch norms are not.
        var state = model.StateTensors().Where(t => t.Tensor.DType.IsFloat()).Select(t => $"{t.Name} {t.Tensor.Shape}").Order();
        var weights = graph.Initializers.Where(t => !t.Name.Contains('/')).Select(t => $"{t.Name} [{string.Join(',', t.Dims)}]").Order();
        Assert.That(weights, Is.EqualTo(state));
        Assert.That(graph.Nodes.Select(n => n.Type), Has.None.EqualTo("Dropout"));
    }

    [Test]
    public void AFileDoesNotDependOnTheBatchThatWasTracedOrOnTheModeOfTheModel()
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create("efficientnet_b0", engine, new ModelOptions { Initialize = false });
        var one = Bytes(model, model.InputShape(1)).ToArray();
        Assert.That(model.IsTraining, "the mode is restored");
        model.Eval();
        Assert.That(Bytes(model, model.InputShape(5)).Span.SequenceEqual(one), "the same bytes");
        Assert.That(model.IsTraining, Is.False);
    }

    [Test]
    public void LeNetIsTheseNodes()
    {
        using var engine = new Engine(new ShapeBackend());
        var graph = Export(ModelCatalogue.Create("lenet", engine, new ModelOptions { Initialize = false }), [2, 1, 28, 28]);
        const string conv = "Conv kernel_shape=[5,5] strides=[1,1] pads=[{0},{0},{0},{0}] dilations=[1,1] group=1",
            pool = "MaxPool kernel_shape=[2,2] strides=[2,2] pads=[0,0,0,0]";
        Assert.That(graph.Nodes.Select(n => n.Describe()), Is.EqualTo(new[]
        {
            conv.Replace("{0}", "2", StringComparison.Ordinal), pool, "Relu", conv.Replace("{0}", "0", StringComparison.Ordinal), pool, "Relu",
            "Flatten axis=1", "Gemm transB=1", "Relu", "Gemm transB=1", "Relu", "Gemm transB=1",
        }));
        Assert.That(graph.Nodes[0].Inputs, Is.EqualTo(new[] { "images", "conv1.weight", "conv1.bias" }));
        Assert.That(graph.Nodes[^1].Outputs, Is.EqualTo(new[] { "logits" }));
        Assert.That(graph.Nodes[0].Name, Is.EqualTo("conv1/Conv"));
    }

    [Test]
    public void FoldingRemovesTheBatchNormsRightAfterConvolutions()
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create("resnet18_cifar", engine, new ModelOptions { Initialize = false });
        var plain = Export(model, model.InputShape(1));
        var folded = Export(model, model.InputShape(1), new OnnxOptions { FoldBatchNorm = true });
        folded.AssertWhole();
        Assert.That(plain.Nodes.Count(n => n.Type == "BatchNormalization"), Is.EqualTo(20));
        Assert.That(folded.Nodes.Count(n => n.Type == "BatchNormalization"), Is.Zero);
        Assert.That(folded.Nodes, Has.Count.EqualTo(plain.Nodes.Count - 20));
        Assert.That(folded.Initializers.Select(t => t.Name), Does.Contain("conv1.bias").And.None.Contains("running"));
        // WRN normalises before it convolves: of its 37 norms only the one behind the stem and those between two convolutions of a block can go.
        var wrn = ModelCatalogue.Create("wrn_40_2", engine, new ModelOptions { Initialize = false });
        var half = Export(wrn, wrn.InputShape(1), new OnnxOptions { FoldBatchNorm = true });
        half.AssertWhole();
        Assert.That(half.Nodes.Count(n => n.Type == "BatchNormalization"), Is.EqualTo(18));
    }

    /// <summary>smallcnn pools before it normalises: nothing can be folded, and the summary says so.</summary>
    [TestCase("resnet18_cifar", 20, 0)]
    [TestCase("wrn_40_2", 19, 18)]
    [TestCase("smallcnn", 0, 3)]
    public void TheSummaryCountsWhatWasFolded(string name, int folded, int left)
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { Initialize = false });
        var summary = OnnxFile.Write(Stream.Null, model, model.InputShape(1), ZeroWeights.For(model), new OnnxOptions { FoldBatchNorm = true });
        Assert.That((summary.Folded, summary.BatchNorms), Is.EqualTo((folded, left)));
        summary = OnnxFile.Write(Stream.Null, model, model.InputShape(1), ZeroWeights.For(model));
        Assert.That((summary.Folded, summary.BatchNorms), Is.EqualTo((0, folded + left)));
    }

    /// <summary>A linear layer works on the last dimension, a batch norm on the second: where both have the same extent, they still are not one
    /// layer.</summary>
    [Test]
    public void AnotherDimensionsNormIsNotFolded()
    {
        using var engine = new Engine(new ShapeBackend());
        var module = new Sequential(engine, ("fc", new Linear(engine, 4, 5)), ("bn", new BatchNorm2d(engine, 5)));
        var summary = OnnxFile.Write(Stream.Null, module, [2, 5, 3, 4], ZeroWeights.For(module), new OnnxOptions { FoldBatchNorm = true });
        Assert.That((summary.Folded, summary.BatchNorms), Is.EqualTo((0, 1)));
    }

    [Test]
    public void MetadataAndNamesAreWritten()
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create("mlp", engine, new ModelOptions { Initialize = false });
        var graph = Export(model, model.InputShape(1),
            new OnnxOptions { InputName = "x", OutputName = "y", Metadata = new Dictionary<string, string> { ["classes"] = "[\"ä\",\"b\"]" } });
        Assert.That(graph.Metadata, Is.EqualTo(new Dictionary<string, string> { ["classes"] = "[\"ä\",\"b\"]" }));
        Assert.That((graph.Inputs[0], graph.Outputs[0]), Is.EqualTo(("x float32 [batch,1,28,28]", "y float32 [batch,10]")));
        Assert.That(graph.Producer, Is.EqualTo("NativeEngine"));
    }

    [Test]
    public void WeightsLieInPyTorchsOrder()
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create("lenet", engine, new ModelOptions { Initialize = false });
        var weights = new SeededWeights().For(model);
        using var stream = new MemoryStream();
        OnnxFile.Write(stream, model, model.InputShape(1), weights);
        var graph = new OnnxGraph(stream.ToArray());
        foreach (var tensor in graph.Initializers)
            Assert.That(tensor.Data.Span.SequenceEqual(weights[tensor.Name].Bytes.Span), tensor.Name);
    }

    [Test]
    public void HalfPrecisionWeightsAreWidened()
    {
        using var engine = new Engine(new ShapeBackend());
        var layer = new Linear(engine, 2, 1, bias: false);
        var state = new StateDict();
        state.Add("weight", new HostTensor(WeightType.F16, [1, 2], MemoryMarshal.AsBytes<Half>([(Half)1.5, (Half)(-2)]).ToArray()));
        using var stream = new MemoryStream();
        OnnxFile.Write(stream, layer, [1, 2], state);
        Assert.That(MemoryMarshal.Cast<byte, float>(new OnnxGraph(stream.ToArray()).Initializers.Single().Data.Span).ToArray(), Is.EqualTo(new[] { 1.5f, -2 }));
    }

    internal static OnnxGraph Read(string path) => new(File.ReadAllBytes(path));

    private OnnxGraph Export(Module module, Shape input, OnnxOptions? options = null) => new(Bytes(module, input, options));

    /// <summary>The file's bytes, good until the next is asked for.</summary>
    private ReadOnlyMemory<byte> Bytes(Module module, Shape input, OnnxOptions? options = null)
    {
        _file.SetLength(0);
        OnnxFile.Write(_file, module, input, ZeroWeights.For(module), options);
        return _file.GetBuffer().AsMemory(0, (int)_file.Length);
    }
}
