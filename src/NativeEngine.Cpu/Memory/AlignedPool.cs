using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Cpu.Memory;

/// <summary>
/// Native memory, kept for reuse: a training step asks for the same sizes again and again, and fresh pages cost as much as the work done
/// in them (a first touch of 16 MiB takes 7 ms). Blocks are 64-byte aligned; big ones lie in huge pages on Linux.
/// </summary>
/// <remarks>
/// Blocks up to <see cref="LargestSmallBlock"/> come from size classes, eight per power of two, and a request takes the most recently
/// returned block of its class; bigger ones are cut from an <see cref="ArenaHeap"/>, one for each <see cref="BlockLifetime"/>. Either way a
/// block is at most 12.5 % larger than asked for. Between <see cref="BeginStep"/> and <see cref="EndStep"/> big blocks are recorded, and the
/// next step that asks for the same sizes in the same order gets them from a <see cref="StepPlan"/>. The content of a rented block is undefined. All members
/// may be called from any thread.
/// </remarks>
public sealed unsafe class AlignedPool : IDisposable
{
    /// <summary>Alignment of every block: a cache line, and the width of the largest vector.</summary>
    public const int Alignment = 64;

    private const int StepsPerOctave = 8;
    private const int MinLog2 = 6;
    private const int MaxLog2 = 19;
    private const int ClassCount = (MaxLog2 - MinLog2) * StepsPerOctave + 1;

    /// <summary>Largest block of the size classes.</summary>
    public const long LargestSmallBlock = 1L << MaxLog2;

    private readonly Lock _lock = new();
    private readonly Stack<nint>?[] _free = new Stack<nint>?[ClassCount];
    private readonly HashSet<nint> _small = []; // every block of the size classes, rented or not
    private readonly ArenaHeap _steps = new();
    private readonly ArenaHeap _persistent = new();
    private readonly StepRecorder _recorder;
    private readonly bool _poison;
    private long _smallBytes;
    private long _smallAllocations;
    private bool _disposed;

    /// <summary>An empty pool.</summary>
    /// <param name="poison">fill rented blocks with 0xFF bytes (NaN as floats), so that tests notice reads of undefined content</param>
    public AlignedPool(bool poison = false)
    {
        _poison = poison;
        _recorder = new StepRecorder(_steps);
    }

    /// <summary>Bytes rented now.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Blocks rented now.</summary>
    public long LiveBlocks { get; private set; }

    /// <summary>Largest <see cref="LiveBytes"/> since the start.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes taken from the operating system: rented and kept for reuse.</summary>
    public long ReservedBytes
    {
        get
        {
            lock (_lock) return _smallBytes + _steps.TouchedBytes + _persistent.TouchedBytes;
        }
    }

    /// <summary>How often memory was taken from the operating system; constant in a steady training loop.</summary>
    public long SystemAllocations => _smallAllocations + _steps.SystemAllocations + _persistent.SystemAllocations;

    /// <summary>Steps whose big blocks all came from a plan.</summary>
    public long PlannedSteps
    {
        get
        {
            lock (_lock) return _recorder.PlannedSteps;
        }
    }

    /// <summary>Number and joint size of the big blocks in the plan of the last step; zeros when it has none.</summary>
    public (int Blocks, long Bytes) Plan
    {
        get
        {
            lock (_lock) return _recorder.Current is { } plan ? (plan.Count, plan.Bytes) : (0, 0);
        }
    }

    /// <summary>Rents a block of at least <paramref name="bytes"/> bytes; a block without memory for 0.</summary>
    /// <exception cref="DeviceMemoryException">the system has no such memory, even after returning all kept blocks to it</exception>
    public NativeBlock Rent(long bytes, BlockLifetime lifetime = BlockLifetime.Step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes == 0) return default;
        long capacity = RoundUp(bytes);
        void* pointer;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            pointer = capacity <= LargestSmallBlock && _free[ClassOf(capacity)] is { Count: > 0 } stack ? (void*)stack.Pop() : Allocate(capacity, lifetime);
            LiveBytes += capacity;
            LiveBlocks++;
            PeakBytes = Math.Max(PeakBytes, LiveBytes);
        }
        if (_poison) new Span<byte>(pointer, (int)Math.Min(capacity, int.MaxValue)).Fill(0xFF);
        return new NativeBlock(pointer, capacity);
    }

    /// <summary>Gives a block back for reuse. Does nothing when the pool is disposed: the block went with it.</summary>
    public void Return(NativeBlock block)
    {
        if (block.Pointer == null) return;
        lock (_lock)
        {
            if (_disposed) return;
            LiveBytes -= block.Capacity;
            LiveBlocks--;
            if (block.Capacity > LargestSmallBlock)
            {
                if (_steps.TryFree(block.Pointer, block.Capacity)) _recorder.Returned(block.Pointer);
                else if (!_persistent.TryFree(block.Pointer, block.Capacity)) throw new InvalidOperationException("The block does not belong to this pool.");
            }
            else (_free[ClassOf(block.Capacity)] ??= new Stack<nint>()).Push((nint)block.Pointer);
        }
    }

    /// <summary>Begins to record the big blocks of a step.</summary>
    public void BeginStep()
    {
        lock (_lock) _recorder.Begin();
    }

    /// <summary>Ends the step: plans the next one unless this one followed its plan.</summary>
    public void EndStep()
    {
        lock (_lock) _recorder.End();
    }

    /// <summary>Returns all kept blocks to the operating system.</summary>
    public void Trim()
    {
        lock (_lock) TrimUnderLock();
    }

    /// <summary>Frees all blocks, also those that are still rented: weights are held until nobody needs their engine any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (nint pointer in _small) NativeMemory.AlignedFree((void*)pointer);
            _small.Clear();
            Array.Clear(_free);
            _recorder.Forget();
            _steps.Clear();
            _persistent.Clear();
            _smallBytes = LiveBytes = LiveBlocks = 0;
        }
    }

    /// <summary>Bytes of the block that a request of <paramref name="bytes"/> gets.</summary>
    public static long RoundUp(long bytes) =>
        bytes <= 0 ? 0
        : bytes <= LargestSmallBlock ? SizeOf(ClassOf(bytes))
        : bytes > long.MaxValue - ArenaHeap.Unit ? long.MaxValue
        : (bytes + ArenaHeap.Unit - 1) / ArenaHeap.Unit * ArenaHeap.Unit;

    private void TrimUnderLock()
    {
        for (int i = 0; i < ClassCount; i++)
        {
            while (_free[i] is { Count: > 0 } stack) FreeSmall((void*)stack.Pop(), SizeOf(i));
        }
        _recorder.Forget();
        _steps.Trim();
        _persistent.Trim();
    }

    private void* Allocate(long capacity, BlockLifetime lifetime)
    {
        try
        {
            return AllocateFromSystem(capacity, lifetime);
        }
        catch (OutOfMemoryException)
        {
            TrimUnderLock();
            try
            {
                return AllocateFromSystem(capacity, lifetime);
            }
            catch (OutOfMemoryException e)
            {
                throw new DeviceMemoryException(
                    $"The CPU memory pool cannot get {capacity / 1048576.0:F1} MiB: {LiveBytes / 1048576.0:F1} MiB are in use.", e);
            }
        }
    }

    private void* AllocateFromSystem(long capacity, BlockLifetime lifetime)
    {
        if (capacity > LargestSmallBlock) return lifetime == BlockLifetime.Step ? _recorder.Take(capacity) : _persistent.Allocate(capacity);
        void* pointer = NativeMemory.AlignedAlloc((nuint)capacity, Alignment);
        _small.Add((nint)pointer);
        _smallBytes += capacity;
        _smallAllocations++;
        return pointer;
    }

    private void FreeSmall(void* pointer, long capacity)
    {
        NativeMemory.AlignedFree(pointer);
        _small.Remove((nint)pointer);
        _smallBytes -= capacity;
    }

    /// <summary>Smallest class that holds <paramref name="bytes"/>: sizes are 2^e * (1 + s/8), rounded to whole cache lines.</summary>
    private static int ClassOf(long bytes)
    {
        if (bytes <= 1 << MinLog2) return 0;
        int log2 = BitOperations.Log2((ulong)(bytes - 1));
        long step = (1L << log2) / StepsPerOctave;
        long above = (bytes - (1L << log2) + step - 1) / step;
        int cls = (log2 - MinLog2) * StepsPerOctave + (int)above;
        // Below 512 bytes several steps round to the same number of cache lines: use the first of them.
        while (cls > 0 && SizeOf(cls - 1) >= bytes) cls--;
        return cls;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long SizeOf(int cls)
    {
        long octave = 1L << (cls / StepsPerOctave + MinLog2);
        long size = octave + octave / StepsPerOctave * (cls % StepsPerOctave);
        return (size + Alignment - 1) / Alignment * Alignment;
    }
}
