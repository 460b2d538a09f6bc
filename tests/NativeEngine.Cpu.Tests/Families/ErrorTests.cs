using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>What a user reads when data or indices do not fit.</summary>
public sealed class ErrorTests
{
    [TestCase(3, "[cross_entropy] target 3 in row 1: expects a class id in 0..2 or -100 for a row to ignore")]
    [TestCase(-1, "[cross_entropy] target -1 in row 1: expects a class id in 0..2 or -100 for a row to ignore")]
    public void A_label_out_of_range_is_named(int label, string sentence)
    {
        using var engine = new Engine(new CpuBackend());
        using var step = engine.BeginStep();
        var logits = engine.Zeros([2, 3]);
        var target = engine.From([0, label], [2]);
        var error = Assert.Throws<DataException>(() => logits.CrossEntropy(target));
        Assert.That(error!.Message, Is.EqualTo(sentence));
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Data));
    }

    [Test]
    public void A_row_that_does_not_exist_is_named()
    {
        using var engine = new Engine(new CpuBackend());
        using var step = engine.BeginStep();
        var error = Assert.Throws<ShapeException>(() => engine.Zeros([4, 2]).GatherRows(engine.From([0, 4], [2])));
        Assert.That(error!.Message, Is.EqualTo("[gather_rows] index 4 at position 1: expects a row in 0..3"));
    }

    [Test]
    public void A_tensor_beyond_the_machine_is_an_out_of_memory_error()
    {
        using var engine = new Engine(new CpuBackend());
        var error = Assert.Throws<DeviceMemoryException>(() => engine.EmptyPersistent([2_000_000, 2_000_000, 100]));
        Assert.That(error!.ExitCode, Is.EqualTo(ExitCode.OutOfMemory));
    }
}
