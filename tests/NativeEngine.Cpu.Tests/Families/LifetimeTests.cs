using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>Memory stays flat over a long training, and what is freed is reused.</summary>
public sealed class LifetimeTests
{
    private const int Steps = 10_000;

    [Test]
    public void Ten_thousand_training_steps_keep_memory_flat()
    {
        using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 1 }));
        var weight = engine.EmptyPersistent([3, 4]);
        var bias = engine.EmptyPersistent([3]);
        weight.CopyFrom<float>(Pair.Numbers(1, 12));
        bias.Fill(0);
        weight.RequiresGrad = bias.RequiresGrad = true;
        const int settled = 10;
        for (int step = 1; step <= settled; step++)
            Step(engine, weight, bias, step);
        var after = engine.Backend.Memory;
        for (int step = settled + 1; step <= Steps; step++)
            Step(engine, weight, bias, step);
        var end = engine.Backend.Memory;
        Assert.That(end.LiveBuffers, Is.EqualTo(after.LiveBuffers));
        Assert.That(end.LiveBytes, Is.EqualTo(after.LiveBytes));
        Assert.That(end.Allocations, Is.EqualTo(after.Allocations), "memory was taken from the system after the first steps");
        GC.KeepAlive(weight);
    }

    /// <summary>A worker takes scratch when it first happens to do a part of a loop: that must not look like a tensor that nobody freed.</summary>
    [Test]
    public void Scratch_of_the_workers_is_not_live()
    {
        using var backend = new CpuBackend(new CpuOptions { Threads = 2 });
        using var engine = new Engine(backend);
        var kept = engine.EmptyPersistent([3, 4]);
        var before = backend.Memory;
        unsafe
        {
            _ = backend.Context.Scratch.Get(1, 0, 1000);
            _ = backend.Context.Scratch.Get(1, 0, 5000);
            _ = backend.Context.Scratch.Get(0, 2, 10);
        }

        var after = backend.Memory;
        Assert.That((after.LiveBuffers, after.LiveBytes), Is.EqualTo((before.LiveBuffers, before.LiveBytes)));
        Assert.That(after.PeakBytes, Is.GreaterThanOrEqualTo(before.LiveBytes + 5000 * sizeof(float)));
        Assert.That(after.ReservedBytes, Is.GreaterThan(before.ReservedBytes));
        GC.KeepAlive(kept);
    }

    private static void Step(Engine engine, Tensor weight, Tensor bias, int number)
    {
        using var scope = engine.BeginStep();
        var x = engine.From(Pair.Numbers(2, 8), [2, 4]);
        var target = engine.From([0, 2], [2]);
        weight.ZeroGrad();
        bias.ZeroGrad();
        x.Linear(weight, bias).Relu().Dropout(0.5, new PhiloxKey(1, RandomStream.Dropout, (uint)number)).CrossEntropy(target).Backward();
        Optim.Step(engine, new OptimizerArgs(OptimizerRule.Sgd, 0.01, number),
            [new(weight, weight.Grad!, null, null, null, 0, 1), new(bias, bias.Grad!, null, null, null, 0, 1)]);
    }
}
