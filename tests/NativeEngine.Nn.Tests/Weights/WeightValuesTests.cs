using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Weights whose names and shapes fit, but not their numbers; and counts of batches in every form that scripts leave.</summary>
public sealed class WeightValuesTests : CpuFixture
{
    [TestCase("conv2.weight", float.NaN, "conv2.weight is NaN (1 of 4608 values; the first at [0,0,0,1]): expected finite numbers")]
    [TestCase("fc.bias", float.PositiveInfinity, "fc.bias is infinite (1 of 10 values; the first at [1])")]
    [TestCase("bn3.running_mean", float.NegativeInfinity, "bn3.running_mean is minus infinite")]
    [TestCase("bn1.running_var", -0.25f, "bn1.running_var is -0.25 (1 of 16 values; the first at [1]): expected a variance, which is never negative")]
    [TestCase("bn1.running_var", float.NaN, "bn1.running_var is NaN")]
    public void TheFirstTensorWithAnImpossibleNumberIsNamed(string name, float value, string message)
    {
        var model = ModelCatalogue.Create("smallcnn", _engine);
        var state = With(model.StateDict(), name, t => Changed(t, value));
        var e = Assert.Throws<CheckpointException>(() => PretrainedWeights.Load(model, state, "w.pth"));
        Assert.That(e!.Message, Does.StartWith($"w.pth: {message}"));
        Assert.That(e.ExitCode, Is.EqualTo(ExitCode.Checkpoint));
        Assert.Throws<CheckpointException>(() => WeightValues.Require(model, state, "w.pth"));
        Assert.That(model.StateDict()[name].ToFloats(), Has.None.Matches<float>(v => !float.IsFinite(v) || v == value), "nothing is written");
    }

    [TestCase(WeightType.F16)]
    [TestCase(WeightType.BF16)]
    [TestCase(WeightType.F64)]
    public void EveryFloatTypeIsLookedAt(WeightType type)
    {
        var state = new StateDict();
        state.Add("a.weight", HostTensor.From([1f, 2f], 2));
        state.Add("b.weight", HostTensor.From([1f, float.NaN, float.NaN], 3).To(type));
        Assert.That(WeightValues.FirstFault(state), Does.StartWith("b.weight is NaN (2 of 3 values; the first at [1])"));
    }

    [Test]
    public void WhatA32BitFloatCannotHoldIsRefusedAndAMinusZeroIsNot()
    {
        var state = new StateDict();
        state.Add("bn.running_var", HostTensor.From([0f, -0f], 2));
        state.Add("bn.num_batches_tracked", HostTensor.From([float.NaN]));
        Assert.That(WeightValues.FirstFault(state), Is.Null);
        state.Add("x", HostTensor.From([1e39]));
        Assert.That(WeightValues.FirstFault(state), Is.EqualTo("x is 1e+39: expected numbers that a 32-bit float can hold"));
    }

    [Test]
    public void OnlyTensorsOfTheModelAreLookedAt()
    {
        var model = ModelCatalogue.Create("smallcnn", _engine);
        var state = model.StateDict();
        state.Add("criterion.weight", HostTensor.From([float.NaN], 1));
        Assert.DoesNotThrow(() => WeightValues.Require(model, state, "w.pth"));
        Assert.That(PretrainedWeights.Load(model, state, "w.pth", partial: true), Has.One.Contains("criterion.weight"));
    }

    private static IEnumerable<HostTensor> Counts() =>
    [
        HostTensor.From([7L], 1), HostTensor.From([7f]), HostTensor.From([7f], 1), HostTensor.From([7.0], 1, 1), HostTensor.From([7f]).To(WeightType.F16),
            HostTensor.From([7f], 1).To(WeightType.BF16),
        new HostTensor(WeightType.I32, [], new byte[] { 7, 0, 0, 0 }), new HostTensor(WeightType.U8, [1], new byte[] { 7 }),
    ];

    [TestCaseSource(nameof(Counts))]
    public void ACountOfBatchesIsTakenInEveryForm(HostTensor count)
    {
        var model = ModelCatalogue.Create("smallcnn", _engine);
        var plain = model.StateDict();
        var state = With(plain, "bn2.num_batches_tracked", _ => count);
        Assert.That(PretrainedWeights.Load(model, state, "w.pth"), Is.Empty);
        var loaded = model.StateDict()["bn2.num_batches_tracked"];
        Assert.That((loaded.Type, loaded.Shape.Length, loaded.ToLongs()[0]), Is.EqualTo((WeightType.I64, 0, 7L)));
        var known = PretrainedWeights.Recognise("smallcnn", state, "w.pth").Weights["bn2.num_batches_tracked"];
        Assert.That((known.Type, known.Shape.Length, known.ToLongs()[0]), Is.EqualTo((WeightType.I64, 0, 7L)));
        Assert.That(WeightAverage.Mean([state, plain])["bn2.num_batches_tracked"].ToLongs(), Is.EqualTo(new[] { 0L }), "of the last");
        Assert.That(WeightAverage.Mean([plain, state])["conv1.weight"].ToFloats(), Is.EqualTo(plain["conv1.weight"].ToFloats()));
    }

    [Test]
    public void ACountThatIsNoNumberCountsNothing()
    {
        var model = ModelCatalogue.Create("smallcnn", _engine);
        PretrainedWeights.Load(model, With(model.StateDict(), "bn2.num_batches_tracked", _ => HostTensor.From([float.PositiveInfinity]).To(WeightType.F16)),
            "w.pth");
        Assert.That(model.StateDict()["bn2.num_batches_tracked"].ToLongs(), Is.EqualTo(new[] { 0L }));
        Assert.Throws<CheckpointException>(() =>
            PretrainedWeights.Load(model, With(model.StateDict(), "bn2.num_batches_tracked", _ => HostTensor.From([1f, 2f], 2)), "w.pth"));
    }

    [TestCase("criterion.weight", "model.criterion.weight")]
    [TestCase("model.criterion.weight", "criterion.weight")]
    public void TwoNamesThatFallTogetherWithoutAPrefixAreBothNamed(string first, string second)
    {
        var model = ModelCatalogue.Create("smallcnn", _engine);
        var state = new StateDict();
        foreach (var (name, tensor) in model.StateDict())
            state.Add($"model.{name}", tensor);
        state.Add(first, HostTensor.From([1f], 1));
        state.Add(second, HostTensor.From([1f], 1));
        foreach (var load in new Action[] { () => PretrainedWeights.Load(model, state, "w.ckpt", partial: true),
                () => PretrainedWeights.Recognise("smallcnn", state, "w.ckpt") })
        {
            var e = Assert.Throws<CheckpointException>(() => load());
            Assert.That(e!.Message, Does.StartWith("w.ckpt: ").And.Contain("model.criterion.weight")
                .And.Contain($"{(first.StartsWith('c') ? first : second)} ").And.Contain("the prefix model."));
        }
    }

    private static HostTensor Changed(HostTensor tensor, float value)
    {
        var values = tensor.ToFloats();
        values[1] = value;
        return HostTensor.From(values, tensor.Shape);
    }

    private static StateDict With(StateDict state, string name, Func<HostTensor, HostTensor> change)
    {
        var changed = new StateDict();
        foreach (var (key, tensor) in state)
            changed.Add(key, key == name ? change(tensor) : tensor);
        return changed;
    }
}
