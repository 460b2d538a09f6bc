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
            var slots = model.NamedParameters().Where(p => !p.Frozen).Select(p => new OptimizerSlot(p.Tensor, p.Tensor.Grad!, null, null, null, 0.1, 1))
                .ToList();
            Optim.Step(engine, new OptimizerArgs(OptimizerRule.Sgd, 0.1, i + 1), slots);
            foreach (var p in model.NamedParameters())
            {
                Assert.That(p.Tensor.Grad is null, Is.EqualTo(p.Frozen), p.Name);
                p.Tensor.ZeroGrad();
            }
        }

        Assert.That(recorded, Has.None.Matches<string>(l => l!.StartsWith("conv1") || l!.StartsWith("bn1") || l!.StartsWith("layer1")
            || l!.StartsWith("layer2") || l!.StartsWith("layer3")));
        Assert.That(recorded, Has.Some.StartsWith("layer4"));
        var after = model.StateDict();
        foreach (var (name, tensor) in after)
        {
            bool trains = name.StartsWith("layer4") || name.StartsWith("fc");
            Assert.That(tensor.Bytes.Span.SequenceEqual(before[name].Bytes.Span), Is.EqualTo(!trains), name);
        }
    }

    [TestCase("mobilenet_v3_small")]
    [TestCase("densenet121")]
    public void AFrozenBackboneTakesTheMemoryOfAnEvaluation(string name)
    {
        long Peak(Action<Model> prepare, Func<Engine, IDisposable?> mode)
        {
            using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 1 }));
            var model = ModelCatalogue.Create(name, engine, new ModelOptions { ImgSize = 64, NumClasses = 4 });
            prepare(model);
            model.Initialize();
            long before = engine.Backend.Memory.LiveBytes;
            using var step = engine.BeginStep();
            var (x, target) = Seeded.Batch(engine, 0, [4, 3, 64, 64], 4);
            using (mode(engine))
            {
                var loss = model.Forward(x).CrossEntropy(target);
                if (engine.GradEnabled)
                    loss.Backward();
            }

            return engine.Backend.Memory.PeakBytes - before;
        }

        long evaluated = Peak(m => m.Eval(), e => e.NoGrad()), frozen = Peak(m => m.FreezeBackbone(), _ => null), trained = Peak(_ => { }, _ => null);
        TestContext.Out.WriteLine($"evaluated {evaluated}, frozen {frozen}, trained {trained} bytes");
        Assert.That(frozen, Is.LessThan(evaluated * 1.1), "the head's gradient and what its last layer keeps come on top");
        Assert.That(trained, Is.GreaterThan(2 * frozen));
    }

    [TestCase("resnet18")]
    [TestCase("mobilenet_v2")]
    [TestCase("efficientnet_b0")]
    public void FrozenFeaturesAreThoseOfAnEvaluationToTheBit(string name)
    {
        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { ImgSize = 64, NumClasses = 4, DropPath = 0 });
        model.FreezeBackbone();
        float[] Features()
        {
            using var step = engine.BeginStep();
            return model.Features(Seeded.Batch(engine, 0, [2, 3, 64, 64], 4).Images).ToArray<float>();
        }

        float[] training = Features();
        model.Eval();
        using (engine.NoGrad())
            Assert.That(Features(), Is.EqualTo(training));
        model.SetFrozen(_ => false);
        Assert.That(Features(), Is.EqualTo(training).Within(1e-4), "recorded");
    }

    [Test]
    public void GradientsReachWhatTrainsAmongFrozenLayers()
    {
        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create("resnet18", engine, new ModelOptions { ImgSize = 16, NumClasses = 4 });
        Seeded.Fill(model);
        model.Eval(); // as a frozen batch norm: running statistics
        Dictionary<string, float[]> Gradients(string trained)
        {
            model.SetFrozen(_ => true);
            model.Unfreeze(trained);
            using var step = engine.BeginStep();
            var (x, target) = Seeded.Batch(engine, 0, [2, 3, 16, 16], 4);
            model.Forward(x).CrossEntropy(target).Backward();
            return model.NamedParameters().Where(p => p.Tensor.Grad is not null).ToDictionary(p => p.Name, p => p.Tensor.Grad!.ToArray<float>());
        }

        var all = Gradients("*");
        foreach (string trained in new[] { "layer2.0.downsample.0", "layer1.1.conv1,layer3.0.downsample.1", "bn1" })
        {
            var alone = Gradients(trained);
            Assert.That(alone.Keys, Is.EquivalentTo(model.Matching(trained).Select(p => p.Name)), trained);
            foreach (var (name, gradient) in alone)
                Assert.That(gradient, Is.EqualTo(all[name]), name);
        }
    }

    [Test]
    public void UnfreezingTrainsAgain()
    {
        using var engine = new Engine(new CpuBackend());
        var model = ModelCatalogue.Create("smallcnn", engine);
        Assert.That(model.Freeze("*").Count, Is.EqualTo(model.NamedParameters().Count));
        model.Unfreeze("bn?.weight,fc");
        Assert.That(model.NamedParameters().Where(p => !p.Frozen).Select(p => p.Name),
            Is.EqualTo(new[] { "bn1.weight", "bn2.weight", "bn3.weight", "fc.weight", "fc.bias" }));
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
        void Says(string pattern, string message) => Assert.That(Assert.Throws<UsageException>(() => model.Freeze(pattern))!.Message, Does.Contain(message));
        Says("conv3", "freeze: no parameter matches conv3, did you mean 'conv1'?; the model has conv1, conv2, fc1, fc2, fc3 (* and ? are wildcards)");
        Says("fc1,conv2.wieght", "no parameter matches conv2.wieght, did you mean 'conv2.weight'?");
        Says("conv[12]", "* and ? are wildcards");
        Says(" , ", "expected names of layers or parameters");
    }
}
