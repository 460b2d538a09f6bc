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
        var tensors = model.StateTensors().Select(t => $"{t.Name} {(t.Tensor.DType == DType.Int64 ? "int64" : "float32")} [{string.Join(", ", t.Tensor.Shape)}]");
        Assert.That(tensors, Is.EqualTo(expected.GetProperty("state").EnumerateArray().Select(s => s.GetString())));
        var summary = ModelSummary.Of(name);
        Assert.That(summary.Parameters, Is.EqualTo(expected.GetProperty("parameters").GetInt64()));
        Assert.That(summary.Macs, Is.EqualTo(expected.GetProperty("macs").GetInt64()));
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
        var summary = ModelSummary.Of(name, new ModelOptions { NumClasses = 5, InChans = 2, Drop = 0.1, DropPath = 0.1 });
        Assert.That(summary.Output, Is.EqualTo(Shape.Create([1, 5])));
        Assert.That(summary.Input[1], Is.EqualTo(2));
    }

    private static IEnumerable<string> AllNames => ModelCatalogue.All.Select(d => d.Name);

    private static JsonDocument Open()
    {
        using var file = File.OpenRead(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "zoo.json.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unpacked);
    }
}
