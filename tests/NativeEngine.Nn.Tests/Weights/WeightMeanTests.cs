using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

internal sealed class WeightMeanTests
{
    [Test]
    public void Floats_are_averaged_and_integers_taken_from_the_last()
    {
        var mean = WeightAverage.Mean([Dict([1, -2], 5), Dict([2, 4], 6), Dict([6, 1], 7)]);
        Assert.That(mean.Keys, Is.EqualTo(new[] { "weight", "num_batches_tracked", "wide" }));
        Assert.That(mean["weight"].ToFloats(), Is.EqualTo(new float[] { 3, 1 }));
        Assert.That(mean["num_batches_tracked"].ToLongs(), Is.EqualTo(new long[] { 7 }));
        Assert.That(mean["wide"].Type, Is.EqualTo(WeightType.F64));
        Assert.That(mean["wide"].ToDoubles(), Is.EqualTo(new[] { 1e-3 }).Within(1e-18));
    }

    [Test]
    public void The_mean_of_equal_checkpoints_is_each_of_them()
    {
        float[] values = [0.1f, 1f / 3, -1e-30f];
        Assert.That(WeightAverage.Mean([Dict(values, 1), Dict(values, 1), Dict(values, 1)])["weight"].ToFloats(), Is.EqualTo(values));
    }

    [Test]
    public void Differences_are_named()
    {
        var more = Dict([1, 2], 0);
        more.Add("bias", HostTensor.From([1f], 1));
        Assert.That(() => WeightAverage.Mean([more, Dict([1, 2], 0)], ["a.pth", "b.pth"]),
            Throws.InstanceOf<CheckpointException>().With.Message.EqualTo("a.pth and b.pth are of different models: bias is only in the first"));
        Assert.That(() => WeightAverage.Mean([Dict([1, 2], 0), more]),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("checkpoint 1 of 2").And.Message.Contains("bias is only in the second"));
        Assert.That(() => WeightAverage.Mean([Dict([1, 2, 3], 0), Dict([1, 2], 0)]),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("weight is F32 [3] against F32 [2]"));
        Assert.That(() => WeightAverage.Mean([]), Throws.InstanceOf<UsageException>());
    }

    private static StateDict Dict(float[] weight, long batches)
    {
        var state = new StateDict();
        state.Add("weight", HostTensor.From(weight, weight.Length));
        state.Add("num_batches_tracked", HostTensor.From([batches]));
        state.Add("wide", HostTensor.From([1e-3], 1));
        return state;
    }
}
