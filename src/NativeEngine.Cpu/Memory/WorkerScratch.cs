using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Memory;

/// <summary>
/// Scratch memory per worker of a pool: each (worker, slot) holds one block that grows to the largest size asked for and is kept.
/// </summary>
public sealed unsafe class WorkerScratch : IDisposable
{
    /// <summary>Number of independent blocks per worker.</summary>
    public const int Slots = 4;

    private readonly AlignedPool _memory;
    private NativeBlock[] _blocks = [];

    /// <summary>Scratch for <paramref name="threads"/> workers out of <paramref name="memory"/>.</summary>
    public WorkerScratch(AlignedPool memory, int threads)
    {
        _memory = memory;
        Resize(threads);
    }

    /// <summary>Blocks held, of all workers. Which worker took part in what differs from run to run, so this does, too. Read it between parallel
    /// loops.</summary>
    public long Blocks => _blocks.LongCount(b => b.Pointer != null);

    /// <summary>Size of the blocks held.</summary>
    public long Bytes => _blocks.Sum(b => b.Capacity);

    /// <summary>At least <paramref name="floats"/> floats with undefined content. Only the worker itself may ask, so no lock is needed here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Get(int worker, int slot, long floats)
    {
        ref NativeBlock block = ref _blocks[worker * Slots + slot];
        return block.Capacity >= floats * sizeof(float) ? block.Floats : Grow(ref block, floats);
    }

    /// <summary>Changes the number of workers; call it between parallel loops.</summary>
    public void Resize(int threads)
    {
        for (int i = threads * Slots; i < _blocks.Length; i++) _memory.Return(_blocks[i]);
        Array.Resize(ref _blocks, threads * Slots);
    }

    /// <inheritdoc/>
    public void Dispose() => Resize(0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private float* Grow(ref NativeBlock block, long floats)
    {
        _memory.Return(block);
        block = default;
        block = _memory.Rent(floats * sizeof(float), BlockLifetime.Persistent);
        return block.Floats;
    }
}
