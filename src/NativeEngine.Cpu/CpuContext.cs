using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

/// <summary>What every CPU kernel needs: threads, memory, scratch per thread. One per backend; nothing is global.</summary>
public sealed class CpuContext : IDisposable
{
    /// <summary>Starts the threads.</summary>
    /// <param name="threads">threads per operation; 0 takes one per core</param>
    /// <param name="poison">fill fresh memory with NaN, for tests</param>
    /// <param name="winograd">which convolutions use Winograd's algorithm</param>
    public CpuContext(int threads = 0, bool poison = false, WinogradMode winograd = WinogradMode.Auto)
    {
        ConvPlans = new Conv.ConvPlans(winograd);
        if (threads == 0) threads = Environment.ProcessorCount;
        Memory = new AlignedPool(poison);
        Pool = new WorkerPool(threads);
        Scratch = new WorkerScratch(Memory, threads);
    }

    /// <summary>The threads.</summary>
    public WorkerPool Pool { get; }

    /// <summary>Pooled native memory.</summary>
    public AlignedPool Memory { get; }

    /// <summary>Scratch memory by worker index.</summary>
    public WorkerScratch Scratch { get; }

    /// <summary>Convolutions seen so far.</summary>
    internal Conv.ConvPlans ConvPlans { get; }

    /// <summary>Threads per operation; results do not depend on it.</summary>
    public int Threads
    {
        get => Pool.Threads;
        set
        {
            Pool.Threads = value;
            Scratch.Resize(value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pool.Dispose();
        Scratch.Dispose();
        Memory.Dispose();
    }
}
