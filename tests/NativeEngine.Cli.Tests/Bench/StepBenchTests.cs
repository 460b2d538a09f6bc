using NativeEngine.Cli.Bench;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Tests.Bench;

/// <summary>A timed step trains what it was told to.</summary>
public sealed class StepBenchTests
{
    [TestCase(null)]
    [TestCase("conv1")]
    public void Steps_lower_the_loss(string? part)
    {
        using var engine = new Engine(new CpuBackend());
        using var bench = new StepBench(engine, "lenet", 4, new ModelOptions { NumClasses = 6 }, inference: false, part);
        double first = bench.Run(), last = first;
        for (int i = 0; i < 200; i++) last = bench.Run();
        Assert.That(last, Is.LessThan(first));
        Assert.That(bench.Macs, part == null ? Is.GreaterThan(1_500_000) : Is.EqualTo(4L * 28 * 28 * 6 * 25));
    }

    [Test]
    public void An_unknown_part_is_refused_with_the_names_there_are()
    {
        using var engine = new Engine(new CpuBackend());
        var error = Assert.Throws<UsageException>(() => new StepBench(engine, "lenet", 4, new ModelOptions(), inference: false, "features").Dispose());
        Assert.That(error!.Message, Does.Contain("--part features").And.Contain("conv1, conv2"));
    }
}
