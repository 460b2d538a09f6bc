using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

public sealed class ModuleTests : CpuFixture
{
    [Test]
    public void InitialWeightsArePyTorchsDefaultAndDependOnlyOnTheSeed()
    {
        var layer = new Linear(_engine, 100, 50);
        var weight = layer.StateDict()["weight"].ToFloats();
        Assert.That(weight, Has.All.InRange(-0.1, 0.1), "within 1/√fanIn");
        Assert.That(weight.Max(), Is.GreaterThan(0.099));
        Assert.That(weight.Average(), Is.EqualTo(0).Within(0.005));
        Assert.That(new Linear(_engine, 100, 50).StateDict()["weight"].ToFloats(), Is.EqualTo(weight));
        _engine.Seed++;
        Assert.That(new Linear(_engine, 100, 50).StateDict()["weight"].ToFloats(), Is.Not.EqualTo(weight));
    }

    [Test]
    public void ErrorsNameTheLayer()
    {
        var layers = new List<string>();
        _engine.Observer = e => layers.Add(e.Layer);
        var model = new Sequential(_engine, ("stem", new Linear(_engine, 4, 3)),
            ("body", new Sequential(_engine, new Linear(_engine, 3, 2), new ReLU(_engine))));
        using var step = _engine.BeginStep();
        model.Forward(_engine.Zeros([1, 4]));
        Assert.That(layers, Is.EqualTo(new[] { "stem", "body.0", "body.1" }));
        Assert.That(_engine.CurrentLayer, Is.Empty);
    }

    [Test]
    public void AReluBehindABatchNormIsFusedWithTheSameResult()
    {
        var norm = new BatchNorm2d(_engine, 3);
        var fused = new Sequential(_engine, norm, new ReLU(_engine));
        var ops = new List<string>();
        _engine.Observer = e => ops.Add(e.Op);
        using var step = _engine.BeginStep();
        var (x, _) = Seeded.Batch(_engine, 0, [2, 3, 5, 4], 10);
        var together = fused.Forward(x).ToArray<float>();
        Assert.That(ops, Is.EqualTo(new[] { "batch_norm" }));
        Assert.That(together, Is.EqualTo(norm.Forward(x).Relu().ToArray<float>()));
    }

    [Test]
    public void BatchesAreCountedInTheStateDict()
    {
        var norm = new BatchNorm1d(_engine, 2);
        using var step = _engine.BeginStep();
        var (x, _) = Seeded.Batch(_engine, 0, [4, 2], 10);
        norm.Forward(x);
        norm.Forward(x);
        norm.Eval();
        norm.Forward(x);
        Assert.That(norm.StateDict()["num_batches_tracked"].ToLongs(), Is.EqualTo(new[] { 2L }));
        var other = new BatchNorm1d(_engine, 2);
        other.LoadState(norm.StateDict());
        other.Forward(x);
        Assert.That(other.StateDict()["num_batches_tracked"].ToLongs(), Is.EqualTo(new[] { 3L }));
        Assert.That(norm.StateDict()["running_mean"].ToFloats(), Is.Not.EqualTo(new float[2]));
    }

    [Test]
    public void DropoutDependsOnSeedStepAndLayerOnly()
    {
        var model = new Sequential(_engine, new Dropout(_engine, 0.5), new Identity(_engine));
        using var step = _engine.BeginStep();
        var x = _engine.Full([1000], 1);
        var first = model.Forward(x).ToArray<float>();
        Assert.That(first, Has.All.Matches<float>(v => v is 0 or 2));
        Assert.That(first.Average(), Is.EqualTo(1).Within(0.15));
        Assert.That(model.Forward(x).ToArray<float>(), Is.EqualTo(first), "same step, same mask");
        _engine.StepNumber++;
        Assert.That(model.Forward(x).ToArray<float>(), Is.Not.EqualTo(first));
        model.Eval();
        Assert.That(model.Forward(x), Is.SameAs(x));
    }

    [Test]
    public void DropPathDropsWholeSamples()
    {
        var path = new DropPath(_engine, 0.25);
        using var step = _engine.BeginStep();
        var y = path.Forward(_engine.Full([400, 3, 2, 2], 1)).ToArray<float>();
        var samples = y.Chunk(12).ToList();
        foreach (var sample in samples)
            Assert.That(sample, Has.All.EqualTo(sample[0] == 0 ? 0 : 4f / 3).Within(1e-6));
        Assert.That(samples.Count(s => s[0] == 0), Is.InRange(70, 130));
    }

    [Test]
    public void NormAndBiasCanBeLeftOutOfWeightDecay()
    {
        var groups = ParameterGroup.Of(ModelCatalogue.Create("smallcnn", _engine), 0.1, noNormBiasDecay: true);
        Assert.That(groups.Select(g => g.WeightDecay), Is.EqualTo(new[] { 0.1, 0 }));
        Assert.That(groups[0].Parameters.Select(p => p.Name), Is.EqualTo(new[] { "conv1.weight", "conv2.weight", "conv3.weight", "fc.weight" }));
        Assert.That(groups[1].Parameters, Has.Count.EqualTo(7));
    }

    [Test]
    public void ANameIsTakenOnlyOnce() =>
        Assert.Throws<InvalidOperationException>(() => _ = new Sequential(_engine, ("a", new ReLU(_engine)), ("a", new ReLU(_engine))));
}
