using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Onnx.Tests.Support;

namespace NativeEngine.Onnx.Tests;

/// <summary>What cannot be exported is refused in a sentence, and no file is left half-written.</summary>
public sealed class RefusalTests
{
    private string _folder = "";

    private static IEnumerable<TestCaseData> Computations
    {
        get
        {
            yield return new TestCaseData((Tensor x) => x.TopK(2).Values, "operation topk of layer head");
            yield return new TestCaseData((Tensor x) => x.Dropout(0.5, new PhiloxKey(1, 2, 3)), "operation dropout of layer head");
            yield return new TestCaseData((Tensor x) => x.Mean([0], keepDim: true), "combines the images of a batch");
            yield return new TestCaseData((Tensor x) => x.Sum(), "combines the images of a batch");
            yield return new TestCaseData((Tensor x) => x * x.Engine.Full([1], 3), "neither a weight nor made by an operation");
            yield return new TestCaseData((Tensor x) => x.Engine.Full(x.Shape, 3), "the model's result is not made by operations");
            yield return new TestCaseData((Tensor x) => x.BatchNorm(null, null, null, null, training: true), "statistics of the batch");
        }
    }

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("ne-onnx-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Computations))]
    public void AnOperationWithoutCounterpartIsNamed(Func<Tensor, Tensor> compute, string expected)
    {
        using var engine = new Engine(new ShapeBackend());
        var module = new Sequential(engine, ("head", new Function(engine, compute)));
        var error = Assert.Throws<UsageException>(() => OnnxFile.Write(Path.Combine(_folder, "x.onnx"), module, [2, 5], new StateDict()));
        Assert.That(error!.Message, Does.Contain(expected));
        Assert.That(engine.Tracer, Is.Null);
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }

    [Test]
    public void WeightsThatDoNotFitAreNamed()
    {
        using var engine = new Engine(new ShapeBackend());
        var layer = new Sequential(engine, ("fc", new Linear(engine, 3, 2)));
        var weights = new StateDict();
        weights.Add("fc.weight", HostTensor.From(new float[8], 2, 4));
        Assert.That(() => OnnxFile.Write(Stream.Null, layer, [1, 3], weights),
            Throws.TypeOf<CheckpointException>().With.Message.EqualTo("fc.weight: model [2,3], weights [2,4]"));
        weights = new StateDict();
        weights.Add("fc.weight", HostTensor.From(new float[6], 2, 3));
        Assert.That(() => OnnxFile.Write(Stream.Null, layer, [1, 3], weights),
            Throws.TypeOf<CheckpointException>().With.Message.EqualTo("the weights have no tensor fc.bias [2]"));
    }

    [TestCase("x", "x")]
    [TestCase("fc.weight", "y")]
    [TestCase("x", "fc.bias")]
    [TestCase("", "y")]
    public void NamesThatAreTakenAreRefused(string input, string output)
    {
        using var engine = new Engine(new ShapeBackend());
        var layer = new Sequential(engine, ("fc", new Linear(engine, 3, 2)));
        Assert.That(() => OnnxFile.Write(Stream.Null, layer, [1, 3], ZeroWeights.For(layer), new OnnxOptions { InputName = input, OutputName = output }),
            Throws.TypeOf<UsageException>().With.Message.Contains("names of their own"));
    }

    [Test]
    public void NormalisationForOtherChannelsIsRefused()
    {
        using var engine = new Engine(new ShapeBackend());
        var layer = new Function(engine, x => x.Relu());
        var options = new OnnxOptions { Normalize = new PixelNormalization([0.5f], [0.5f]) };
        Assert.That(() => OnnxFile.Write(Stream.Null, layer, [1, 3, 4, 4], new StateDict(), options),
            Throws.TypeOf<UsageException>().With.Message.Contains("1 means and 1 deviations, expected one per channel"));
    }

    [Test]
    public void AModelBeyondTheLimitOfTheFormatIsRefused()
    {
        using var engine = new Engine(new ShapeBackend());
        var layers = new Sequential(engine);
        for (int i = 0; i < 33; i++)
            layers.Append(new Linear(engine, 4096, 4096, bias: false)); // 64 MiB each
        Assert.That(() => OnnxFile.Write(Stream.Null, layers, [1, 4096], ZeroWeights.For(layers)),
            Throws.TypeOf<UsageException>().With.Message.Contains("2.2 GB").And.Message.Contains("2 GiB"));
    }

    [Test]
    public void AFailedWriteLeavesTheOldFile()
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create("lenet", engine, new ModelOptions { Initialize = false });
        string path = Path.Combine(_folder, "missing", "x.onnx");
        Assert.That(() => OnnxFile.Write(path, model, model.InputShape(1), ZeroWeights.For(model)),
            Throws.TypeOf<CheckpointException>().With.Message.Contains(path));
        // A folder of that name cannot be replaced; the temporary file beside it goes.
        string taken = Directory.CreateDirectory(Path.Combine(_folder, "taken.onnx")).FullName;
        Assert.That(() => OnnxFile.Write(taken, model, model.InputShape(1), ZeroWeights.For(model)),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("cannot write"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.EqualTo(new[] { taken }));
        // A full disk, where the system has one to offer.
        if (File.Exists("/dev/full"))
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            Assert.That(() => OnnxFile.Write(full, model, model.InputShape(1), ZeroWeights.For(model)), Throws.InstanceOf<IOException>());
        }
    }
}
