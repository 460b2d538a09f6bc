using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

public sealed class PretrainedWeightsTests : CpuFixture
{
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
        Assert.That(notes, Is.EqualTo(new[] { "fc.weight: 10 classes in the file, 5 in the model; drawn anew",
            "fc.bias: 10 classes in the file, 5 in the model; drawn anew" }));
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
            .And.Contain("fc2.bias: model Float32, file I64").And.Contain("missing in the file: conv2.bias [16]")
                .And.Contain("unexpected in the file: extra.weight [1]"));
        Assert.That(e.ExitCode, Is.EqualTo(ExitCode.Checkpoint));
        Assert.That(model.StateDict()["conv1.weight"].Bytes.ToArray(), Is.EqualTo(before["conv1.weight"].Bytes.ToArray()));

        Assert.That(PretrainedWeights.Load(model, file, "w.pth", partial: true), Has.Count.EqualTo(1));
        Assert.That(model.StateDict()["conv1.weight"].ToFloats(), Is.All.Zero);
        Assert.That(model.StateDict()["fc1.weight"].Bytes.ToArray(), Is.EqualTo(before["fc1.weight"].Bytes.ToArray()));
    }

    /// <summary>timm's adapt_input_conv: repeat ⌈N/3⌉ times, cut to N, multiply by 3/N; the sum for N = 1.</summary>
    [Test]
    public void TheFirstLayerIsAdaptedAsTimmDoes([Values("squeezenet1_1", "lenet", "mlp", "smallcnn")] string name, [Values(1, 2, 4, 5, 9)] int channels)
    {
        var colour = Create(name, 3);
        var other = Create(name, channels);
        var file = colour.StateDict();
        var notes = PretrainedWeights.Load(other, file, "colour");
        string stem = $"{colour.Stem}.weight";
        Assert.That(notes, Is.EqualTo(new[] { channels == 1 ? $"{stem}: summed over its 3 input channels for images with one"
            : $"{stem}: its 3 input channels repeated and rescaled for {channels}" }));
        float[] old = file[stem].ToFloats(), adapted = other.StateDict()[stem].ToFloats();
        int k = file[stem].Shape[0], window = old.Length / k / 3;
        Assert.That(adapted, Has.Length.EqualTo(k * channels * window));
        for (int i = 0; i < k; i++)
        {
            var filter = Enumerable.Range(0, 3).Select(c => old.Skip((i * 3 + c) * window).Take(window).ToArray()).ToArray();
            var repeated = Enumerable.Repeat(filter, (channels + 2) / 3).SelectMany(f => f).Take(channels);
            float[] expected = channels == 1
                ? [.. Enumerable.Range(0, window).Select(w => filter[0][w] + filter[1][w] + filter[2][w])]
                : [.. repeated.SelectMany(f => f.Select(v => v * (float)(3.0 / channels)))];
            Assert.That(adapted.Skip(i * channels * window).Take(channels * window), Is.EqualTo(expected).Within(channels == 1 ? 1e-7 : 0), $"filter {i}");
        }

        foreach (var (key, tensor) in other.StateDict().Where(t => t.Key != stem))
            Assert.That(tensor.Bytes.Span.SequenceEqual(file[key].Bytes.Span), key);
    }

    /// <summary>Only the stem depends on the channels and only the head on the classes, so a file for others always fits after they are adapted.</summary>
    [Test]
    public void EveryModelTakesWeightsForOtherChannelsAndClasses([ValueSource(nameof(AllNames))] string name)
    {
        using var engine = new Engine(new ShapeBackend());
        Model Make(int channels, int classes) =>
            ModelCatalogue.Create(name, engine, new ModelOptions { InChans = channels, NumClasses = classes, Initialize = false });
        var (file, model) = (Make(3, 11), Make(1, 7));
        var shapes = file.StateTensors().ToDictionary(t => t.Name, t => t.Tensor.Shape.ToString());
        var differ = model.StateTensors().Where(t => t.Tensor.Shape.ToString() != shapes[t.Name]).Select(t => t.Name);
        Assert.That(differ, Is.EquivalentTo(new[] { $"{model.Stem}.weight", $"{model.Head}.weight", $"{model.Head}.bias" }));

        // Those three and a few more; the zeros of all of a VGG would take half a gigabyte.
        var state = new StateDict();
        foreach (var (tensor, shape) in file.StateTensors().Where(t => t.Tensor.Shape.Count < 100_000 || differ.Contains(t.Name))
                .Select(t => (t.Name, t.Tensor.Shape.ToArray())))
            state.Add(tensor, HostTensor.From(new float[shape.Aggregate(1, (a, b) => a * b)], shape));
        foreach (string count in state.Keys.Where(n => n.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToList())
            state = Without(state, count);
        var notes = PretrainedWeights.Load(model, state, "file", partial: true);
        Assert.That(notes.Take(3), Is.EquivalentTo(new[]
        {
            $"{model.Stem}.weight: summed over its 3 input channels for images with one",
            $"{model.Head}.weight: 11 classes in the file, 7 in the model; drawn anew",
            $"{model.Head}.bias: 11 classes in the file, 7 in the model; drawn anew",
        }));
        Assert.That(notes.Skip(3), Has.None.Contains("unexpected").And.None.Contains("of another shape"));
    }

    [Test]
    public void APrefixOfSomethingLargerIsLeftOut()
    {
        var one = Create("lenet");
        _engine.Seed = 7;
        var two = Create("lenet");
        var file = new StateDict();
        foreach (var (name, tensor) in one.StateDict())
            file.Add($"model.net.{name}", tensor);
        Assert.That(PretrainedWeights.Load(two, file, "lightning.ckpt"),
            Is.EqualTo(new[] { "names in lightning.ckpt begin with model.net., which was left out" }));
        Assert.That(two.StateDict()["fc3.weight"].Bytes.ToArray(), Is.EqualTo(one.StateDict()["fc3.weight"].Bytes.ToArray()));

        file.Add("loss.weight", HostTensor.From([1f], 1));
        Assert.That(() => PretrainedWeights.Load(two, file, "x"),
            Throws.TypeOf<CheckpointException>().With.Message.EqualTo("x does not fit the model: 10 tensors match; 1 unexpected in the file: loss.weight "
                + "[1]; --partial takes what fits"));
        foreach (var (name, tensor) in one.StateDict())
            file.Add($"teacher.{name}", tensor);
        Assert.That(() => PretrainedWeights.Load(two, file, "x"), Throws.TypeOf<CheckpointException>(), "which of the two?");
    }

    [TestCase(WeightType.F16)]
    [TestCase(WeightType.BF16)]
    [TestCase(WeightType.F64)]
    public void RowsOfTheHeadAreBoundByNameInEveryTypeOfFloat(WeightType type)
    {
        var model = ModelCatalogue.Create("lenet", _engine, new ModelOptions { NumClasses = 2 });
        var file = model.StateDict().WithFloatsAs(type, "x");
        var notes = PretrainedWeights.Load(model, file, "x", fileClasses: ["a", "b"], classes: ["b", "a"]);
        Assert.That(notes, Is.EqualTo(new[] { "fc3: classes bound by name, in the order b, a" }));
        Assert.That(PretrainedWeights.Load(ModelCatalogue.Create("lenet", _engine, new ModelOptions { NumClasses = 2 }), file, "x", classes: ["10", "2"])
            .Single(), Does.Contain("does not name its classes").And.EndsWith(": 0=10, 1=2"));
        Assert.That(model.StateDict()["fc3.bias"].ToFloats(), Is.EqualTo(file["fc3.bias"].ToFloats().Reverse()));
    }

    [Test]
    public void WeightsOfAnotherModelAreNoPartOfThisOne()
    {
        var file = new StateDict();
        file.Add("transformer.weight", HostTensor.From([1f], 1));
        Assert.That(() => PretrainedWeights.Load(Create("lenet"), file, "x", partial: true),
            Throws.TypeOf<CheckpointException>().With.Message.StartsWith("x does not fit the model: 0 tensors match; 10 missing in the file"));
    }

    private static IEnumerable<string> AllNames => ModelCatalogue.All.Select(d => d.Name);

    private static StateDict Without(StateDict state, string name)
    {
        var rest = new StateDict();
        foreach (var (other, tensor) in state.Where(t => t.Key != name))
            rest.Add(other, tensor);
        return rest;
    }

    private Model Create(string name, int? channels = null) => ModelCatalogue.Create(name, _engine, new ModelOptions { InChans = channels });
}
