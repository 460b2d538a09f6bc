using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

public sealed class PretrainedWeightsTests
{
    private Engine _engine = null!;

    [SetUp]
    public void MakeEngine() => _engine = new Engine(new CpuBackend());

    [TearDown]
    public void DisposeEngine() => _engine.Dispose();

    [Test]
    public void ALoadedModelComputesTheSame()
    {
        var one = Create("lenet");
        _engine.Seed = 7;
        var two = Create("lenet");
        var (x, _) = Seeded.Batch(_engine, 0, [2, 1, 28, 28], 10);
        one.Eval();
        two.Eval();
        Assert.That(two.Forward(x).ToArray<float>(), Is.Not.EqualTo(one.Forward(x).ToArray<float>()));
        Assert.That(PretrainedWeights.Load(two, one.StateDict(), "one"), Is.Empty);
        Assert.That(two.Forward(x).ToArray<float>(), Is.EqualTo(one.Forward(x).ToArray<float>()));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(6)]
    public void AGreyImageGivesTheSameAnswerWithAnyNumberOfChannels(int channels)
    {
        var colour = Create("smallcnn", 3);
        var other = Create("smallcnn", channels);
        var notes = PretrainedWeights.Load(other, colour.StateDict(), "colour");
        Assert.That(notes, Has.Count.EqualTo(1));
        Assert.That(notes[0], Does.StartWith("conv1.weight: "));
        var (grey, _) = Seeded.Batch(_engine, 0, [2, 1, 28, 28], 10);
        colour.Eval();
        other.Eval();
        var expected = colour.Forward(grey.Expand([2, 3, 28, 28]).Contiguous()).ToArray<float>();
        // With 2 or 4 channels the repeated filters are not spread evenly; sum and multiples of 3 keep the answer.
        if (channels is 1 or 6)
            Assert.That(other.Forward(grey.Expand([2, channels, 28, 28]).Contiguous()).ToArray<float>(), Is.EqualTo(expected).Within(1e-4));
        var file = colour.StateDict()["conv1.weight"].ToFloats();
        var adapted = other.StateDict()["conv1.weight"].ToFloats();
        if (channels > 1)
            Assert.That(adapted[(channels - 1) * 9], Is.EqualTo(file[(channels - 1) % 3 * 9] * 3 / channels).Within(1e-7));
    }

    [Test]
    public void AnotherNumberOfClassesKeepsEverythingButTheHead()
    {
        var ten = Create("smallcnn");
        _engine.Seed = 99;
        var five = ModelCatalogue.Create("smallcnn", _engine, new ModelOptions { NumClasses = 5 });
        var drawn = five.StateDict();
        var notes = PretrainedWeights.Load(five, ten.StateDict(), "ten");
        Assert.That(notes, Is.EqualTo(new[] { "fc.weight: 10 classes in the file, 5 in the model; drawn anew", "fc.bias: 10 classes in the file, 5 in the model; drawn anew" }));
        var (got, source) = (five.StateDict(), ten.StateDict());
        foreach (var (name, tensor) in got)
            Assert.That(tensor.Bytes.ToArray(), Is.EqualTo((name.StartsWith("fc.") ? drawn : source)[name].Bytes.ToArray()), name);
    }

    [Test]
    public void WhatDoesNotFitIsListedAndNothingIsWritten()
    {
        var model = Create("lenet");
        var before = model.StateDict();
        var file = new StateDict();
        foreach (var (name, tensor) in before)
        {
            if (name == "fc1.weight")
                file.Add(name, HostTensor.From(new float[12], 3, 4));
            else if (name == "fc2.bias")
                file.Add(name, HostTensor.From(new long[84], 84));
            else if (name != "conv2.bias")
                file.Add(name, HostTensor.From(new float[tensor.Count], tensor.Shape));
        }

        file.Add("extra.weight", HostTensor.From([1f], 1));
        var e = Assert.Throws<CheckpointException>(() => PretrainedWeights.Load(model, file, "w.pth"));
        Assert.That(e!.Message, Does.StartWith("w.pth does not fit the model").And.Contain("fc1.weight: model [120,400], file [3,4]")
            .And.Contain("fc2.bias: model Float32, file I64").And.Contain("missing in the file: conv2.bias [16]").And.Contain("unexpected in the file: extra.weight [1]"));
        Assert.That(e.ExitCode, Is.EqualTo(ExitCode.Checkpoint));
        Assert.That(model.StateDict()["conv1.weight"].Bytes.ToArray(), Is.EqualTo(before["conv1.weight"].Bytes.ToArray()));

        Assert.That(PretrainedWeights.Load(model, file, "w.pth", partial: true), Has.Count.EqualTo(1));
        Assert.That(model.StateDict()["conv1.weight"].ToFloats(), Is.All.Zero);
        Assert.That(model.StateDict()["fc1.weight"].Bytes.ToArray(), Is.EqualTo(before["fc1.weight"].Bytes.ToArray()));
    }

    private Model Create(string name, int? channels = null) => ModelCatalogue.Create(name, _engine, new ModelOptions { InChans = channels });
}
