using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Probes;

namespace NativeEngine.Cpu.Tests.Probes;

[TestFixture]
public unsafe class MachineProbeTests
{
    /// <summary>Pages that nobody wrote are one page of zeros, which stays in cache: reading them would not measure memory.</summary>
    [Test]
    public void The_copy_reads_memory_that_was_written()
    {
        const int Bytes = 8 << 20;
        using var context = new CpuContext(2);
        Assert.That(MachineProbe.CopyBandwidth(context, Bytes), Is.Positive);
        NativeBlock[] blocks = [context.Memory.Rent(Bytes), context.Memory.Rent(Bytes)]; // the two that the probe returned
        foreach (NativeBlock block in blocks)
        {
            Assert.That(new Span<float>(block.Pointer, Bytes / sizeof(float)).ContainsAnyExcept(1f), Is.False);
            context.Memory.Return(block);
        }
    }
}
