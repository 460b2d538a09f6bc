using System.IO.Compression;
using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>
/// Names, types, shapes, parameters and multiply-adds equal PyTorch's (zoo.json.gz, made by tools/reference/zoo_lists.py from torchvision's models and,
/// for those that it lacks, tools/reference/models.py).
/// </summary>
public sealed class ZooTests
{
    [Test]
    public void StateDictAndTotalsEqualPyTorchs([ValueSource(nameof(AllNames))] string name)
    {
        using var zoo = Open();
        Assert.That(zoo.RootElement.GetProperty("models").TryGetProperty(name, out var expected), $"tools/reference/zoo_lists.py has no {name}");
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { Initialize = false });
        var tensors = model.StateTensors()
            .Select(t => $"{t.Name} {(t.Tensor.DType == DType.Int64 ? "int64" : "float32")} [{string.Join(", ", t.Tensor.Shape)}]");
        Assert.That(tensors, Is.EqualTo(expected.GetProperty("state").EnumerateArray().Select(s => s.GetString())));
        var summary = ModelSummary.Of(name);
        Assert.That(summary.Parameters, Is.EqualTo(expected.GetProperty("parameters").GetInt64()));
        Assert.That(summary.Macs, Is.EqualTo(expected.GetProperty("macs").GetInt64()));
        // A check of the magnitude: no 64-bit positions of maxima are kept as in PyTorch, but a ReLU without batch norm keeps its input beside its output.
        Assert.That(summary.ActivationBytes / expected.GetProperty("kept_bytes").GetDouble(), Is.InRange(0.5, 2), "bytes kept for backward over PyTorch's");
    }

    /// <summary>Published sizes of the models that torchvision lacks.</summary>
    [TestCase("lenet", 61_706)]
    [TestCase("wrn_28_10", 36_479_194)]
    [TestCase("wrn_40_2", 2_243_546)]
    [TestCase("resnet18_cifar", 11_173_962)]
    public void ParametersEqualThePublishedCount(string name, long parameters) =>
        Assert.That(ModelSummary.Of(name).Parameters, Is.EqualTo(parameters));

    [Test]
    public void EveryModelNamesItsHeadAndStemAndPaper([ValueSource(nameof(AllNames))] string name)
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { Initialize = false, NumClasses = 3 });
        var weights = model.NamedParameters().Where(p => p.Kind == ParameterKind.Weight).ToList();
        Assert.That(weights[0].Name, Is.EqualTo($"{model.Stem}.weight"));
        Assert.That(weights[^1].Name, Is.EqualTo($"{model.Head}.weight"));
        Assert.That(ModelCatalogue.Find(name).Paper, Is.Not.Empty);
    }

    [Test]
    public void OptionsReachEveryModel([ValueSource(nameof(AllNames))] string name)
    {
        var options = new ModelOptions { NumClasses = 5, InChans = 2, Drop = 0.125, DropPath = WithoutBlocks.Contains(name) ? 0 : 0.25, Initialize = false };
        var summary = ModelSummary.Of(name, options, batch: 2);
        Assert.That((summary.Output, summary.Input[1]), Is.EqualTo((Shape.Create([2, 5]), 2)));
        Assert.That(() => ModelShapes.Of(name, options), Throws.Nothing, "a training step");
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create(name, engine, options);
        Assert.That(model.Modules().OfType<Dropout>().Select(d => d.P), Is.Not.Empty.And.All.EqualTo(0.125));
        var paths = model.Modules().OfType<DropPath>().Select(d => d.P).ToList();
        Assert.That(paths, Is.Ordered);
        Assert.That(paths.LastOrDefault(), options.DropPath > 0 ? Is.InRange(0.2, 0.25) : Is.Zero);
    }

    [Test]
    public void StochasticDepthOfAModelThatHasNoResidualBlocksIsRefused([ValueSource(nameof(WithoutBlocks))] string name)
    {
        var backend = new ShapeBackend();
        using var engine = new Engine(backend);
        var e = Assert.Throws<UsageException>(() => ModelCatalogue.Create(name, engine, new ModelOptions { DropPath = 0.1 }));
        Assert.That(e!.Message, Is.EqualTo($"{name}: drop-path 0.1, expects 0: the model has no residual blocks that could be skipped"));
        Assert.That(backend.Memory.LiveBytes, Is.Zero);
    }

    private static readonly string[] WithoutBlocks =
    [
        "mlp", "lenet", "smallcnn", "plaincnn", "densenet121", "densenet169", "squeezenet1_1",
        "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn",
    ];

    private static IEnumerable<string> AllNames => ModelCatalogue.All.Select(d => d.Name);

    private static JsonDocument Open()
    {
        using var file = File.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "zoo.json.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unpacked);
    }
}
