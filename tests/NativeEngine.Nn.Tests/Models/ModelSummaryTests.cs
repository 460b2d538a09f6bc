using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

public sealed class ModelSummaryTests
{
    [Test]
    public void LeNetIsTheTextbooksLeNet()
    {
        var summary = ModelSummary.Of("lenet");
        Assert.That(summary.Parameters, Is.EqualTo(61_706));
        Assert.That(summary.Macs, Is.EqualTo(28 * 28 * 25 * 6 + 10 * 10 * 25 * 6 * 16 + 400 * 120 + 120 * 84 + 84 * 10));
        Assert.That(summary.Layers.Select(l => $"{l.Name} {l.Type} {l.Output} {l.Parameters}"), Is.EqualTo(new[]
        {
            "conv1 Conv2d [1,6,28,28] 156", "conv2 Conv2d [1,16,10,10] 2416", "fc1 Linear [1,120] 48120", "fc2 Linear [1,84] 10164",
            "drop Dropout [1,84] 0", "fc3 Linear [1,10] 850",
        }));
    }

    [Test]
    public void NothingIsDrawnForADeviceThatStoresNothing()
    {
        using var engine = new Engine(new ShapeBackend());
        var layer = new Linear(engine, 2048, 2048);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(layer.Forward(engine.Empty([1, 2048])).Shape, Is.EqualTo(Shape.Create([1, 2048])));
        layer.Initialize();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20), "the values of the layer would be 16 MiB");
    }

    [TestCase("resnet18", 11_689_512, 1_814_073_344)]
    [TestCase("resnet50", 25_557_032, 4_089_184_256)]
    public void TotalsAreThePublishedOnes(string name, long parameters, long macs)
    {
        var summary = ModelSummary.Of(name);
        Assert.That(summary.Parameters, Is.EqualTo(parameters));
        Assert.That(summary.Macs, Is.EqualTo(macs));
        Assert.That(summary.Layers.Sum(l => l.Macs), Is.EqualTo(macs));
        Assert.That(summary.Layers.Sum(l => l.Parameters), Is.EqualTo(parameters));
        Assert.That(summary.Output, Is.EqualTo(Shape.Create([1, 1000])));
    }

    [Test]
    public void ActivationsGrowWithTheBatchAndNothingStays()
    {
        var one = ModelSummary.Of("resnet18_cifar", batch: 1);
        var eight = ModelSummary.Of("resnet18_cifar", batch: 8);
        Assert.That(eight.ActivationBytes, Is.GreaterThan(7 * one.ActivationBytes).And.LessThanOrEqualTo(8 * one.ActivationBytes));
        Assert.That(eight.Macs, Is.EqualTo(8 * one.Macs));
    }

    [Test]
    public void EveryModelRunsAtItsDefaultSize([ValueSource(nameof(Names))] string name)
    {
        var summary = ModelSummary.Of(name, new ModelOptions { NumClasses = 7 });
        Assert.That(summary.Output, Is.EqualTo(Shape.Create([1, 7])));
    }

    [Test]
    public void AnUnknownModelNamesTheNearest()
    {
        var e = Assert.Throws<UsageException>(() => ModelSummary.Of("resnet8"));
        Assert.That(e!.Message, Does.Contain("did you mean 'resnet18'?"));
    }

    [TestCase("vgg11", 16, "vgg11: images of 16x16 are too small ([max_pool2d] ")]
    [TestCase("densenet121", 7, "densenet121: images of 7x7 are too small ([")]
    public void AnImageThatAModelShrinksToNothingIsRefusedBeforeAnythingIsMade(string name, int size, string sentence)
    {
        var backend = new ShapeBackend();
        using var engine = new Engine(backend);
        var e = Assert.Throws<UsageException>(() => ModelCatalogue.Create(name, engine, new ModelOptions { ImgSize = size }));
        Assert.That(e!.Message, Does.StartWith(sentence));
        Assert.That(backend.Memory.LiveBytes, Is.Zero);
        Assert.That(() => ModelSummary.Of(name, new ModelOptions { ImgSize = size }), Throws.TypeOf<UsageException>().With.Message.EqualTo(e.Message));
    }

    private static IEnumerable<string> Names => ModelCatalogue.All.Select(d => d.Name);
}
