using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>Freezing saves what it should: no gradient below the cut, nothing recorded there, and frozen tensors stay as they are to the bit.</summary>
public sealed class FreezeTests
{
    [Test]
    public void BelowTheCutNothingIsRecordedAndNothingChanges()
    {
        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create("resnet18_cifar", engine);
        model.Freeze("conv1,bn1,layer1,layer2,layer3");
        var before = model.StateDict();
        var recorded = new HashSet<string>();
        for (int i = 0; i < 3; i++)
        {
            using var step = engine.BeginStep();
            var (x, target) = Seeded.Batch(engine, i, [4, 3, 16, 16], 10);
            engine.Observer = e => recorded.Add(e.Layer);
            model.Forward(x).CrossEntropy(target).Backward();
            engine.Observer = null;
            var slots = model.NamedParameters().Where(p => !p.Frozen).Select(p => new OptimizerSlot(p.Tensor, p.Tensor.Grad!, null, null, null, 0.1, 1)).ToList();
            Optim.Step(engine, new OptimizerArgs(OptimizerRule.Sgd, 0.1, i + 1), slots);
            foreach (var p in model.NamedParameters())
            {
                Assert.That(p.Tensor.Grad is null, Is.EqualTo(p.Frozen), p.Name);
                p.Tensor.ZeroGrad();
            }
        }

        Assert.That(recorded, Has.None.Matches<string>(l => l!.StartsWith("conv1") || l!.StartsWith("bn1") || l!.StartsWith("layer1") || l!.StartsWith("layer2") || l!.StartsWith("layer3")));
        Assert.That(recorded, Has.Some.StartsWith("layer4"));
        var after = model.StateDict();
        foreach (var (name, tensor) in after)
        {
            bool trains = name.StartsWith("layer4") || name.StartsWith("fc");
            Assert.That(tensor.Bytes.Span.SequenceEqual(before[name].Bytes.Span), Is.EqualTo(!trains), name);
        }
    }

    [Test]
    public void UnfreezingTrainsAgain()
    {
        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create("smallcnn", engine);
        Assert.That(model.Freeze("*").Count, Is.EqualTo(model.NamedParameters().Count));
        model.Unfreeze("bn?.weight,fc");
        Assert.That(model.NamedParameters().Where(p => !p.Frozen).Select(p => p.Name), Is.EqualTo(new[] { "bn1.weight", "bn2.weight", "bn3.weight", "fc.weight", "fc.bias" }));
    }

    [Test]
    public void FreezeBackboneLeavesTheHead()
    {
        using var engine = new Engine(new ShapeBackend());
        foreach (string name in new[] { "resnet18", "vgg11", "mobilenet_v3_small", "squeezenet1_1" })
        {
            var model = ModelCatalogue.Create(name, engine, new ModelOptions { Initialize = false });
            model.FreezeBackbone();
            Assert.That(model.NamedParameters().Where(p => !p.Frozen).Select(p => p.Name), Is.EqualTo(new[] { $"{model.Head}.weight", $"{model.Head}.bias" }));
        }
    }

    [Test]
    public void APatternThatMatchesNothingIsAnError()
    {
        using var engine = new Engine(new ShapeBackend());
        var model = ModelCatalogue.Create("lenet", engine, new ModelOptions { Initialize = false });
        Assert.That(Assert.Throws<UsageException>(() => model.Freeze("layer9"))!.Message, Does.Contain("no parameter matches layer9"));
        Assert.Throws<UsageException>(() => model.Freeze("conv"), "conv is not conv1");
    }
}
