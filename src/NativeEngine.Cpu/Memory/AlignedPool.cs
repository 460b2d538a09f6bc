using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Cpu.Memory;

/// <summary>
/// Native memory in size classes, kept for reuse: a training step asks for the same sizes again and again, and fresh pages cost
/// as much as the work done in them (a first touch of 16 MiB takes 7 ms). Blocks are 64-byte aligned; big ones use huge pages on Linux.
/// </summary>
/// <remarks>
/// There are eight classes per power of two, so a block is at most 12.5 % larger than asked for. A request takes the most recently
/// returned block of its class (its content may still be in cache), else a free block of one of the next three classes, else new memory.
/// The content of a rented block is undefined. All members may be called from any thread.
/// </remarks>
public sealed unsafe class AlignedPool : IDisposable
{
    /// <summary>Alignment of every block: a cache line, and the width of the largest vector.</summary>
    public const int Alignment = 64;

    private const int StepsPerOctave = 8;
    private const int MinLog2 = 6;
    private const int ClassCount = (48 - MinLog2) * StepsPerOctave;
    private const int LargerClassesTried = 3;
    private const nuint HugePage = 2u << 20;

    private readonly Lock _lock = new();
    private readonly Stack<nint>?[] _free = new Stack<nint>?[ClassCount];
    private readonly bool _poison;
    private bool _disposed;

    /// <summary>An empty pool.</summary>
    /// <param name="poison">fill rented blocks with 0xFF bytes (NaN as floats), so that tests notice reads of undefined content</param>
    public AlignedPool(bool poison = false) => _poison = poison;

    /// <summary>Bytes rented now.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Blocks rented now.</summary>
    public long LiveBlocks { get; private set; }

    /// <summary>Largest <see cref="LiveBytes"/> since the start or <see cref="ResetPeak"/>.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes taken from the operating system: rented and kept for reuse.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>How often memory was taken from the operating system; constant in a steady training loop.</summary>
    public long SystemAllocations { get; private set; }

    /// <summary>Rents a block of at least <paramref name="bytes"/> bytes; a block without memory for 0.</summary>
    /// <exception cref="DeviceMemoryException">the system has no such memory, even after returning all kept blocks to it</exception>
    public NativeBlock Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes == 0) return default;
        int wanted = ClassOf(bytes);
        long capacity;
        void* pointer = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int found = wanted;
            for (; found < Math.Min(ClassCount, wanted + 1 + LargerClassesTried); found++)
            {
                if (_free[found] is { Count: > 0 } stack)
                {
                    pointer = (void*)stack.Pop();
                    break;
                }
            }
            capacity = SizeOf(pointer == null ? wanted : found);
            if (pointer == null)
            {
                pointer = Allocate(capacity);
                ReservedBytes += capacity;
                SystemAllocations++;
            }
            LiveBytes += capacity;
            LiveBlocks++;
            PeakBytes = Math.Max(PeakBytes, LiveBytes);
        }
        if (_poison) new Span<byte>(pointer, (int)Math.Min(capacity, int.MaxValue)).Fill(0xFF);
        return new NativeBlock(pointer, capacity);
    }

    /// <summary>Gives a block back for reuse.</summary>
    public void Return(NativeBlock block)
    {
        if (block.Pointer == null) return;
        lock (_lock)
        {
            LiveBytes -= block.Capacity;
            LiveBlocks--;
            if (_disposed)
            {
                Free(block.Pointer, block.Capacity);
                return;
            }
            (_free[ClassOf(block.Capacity)] ??= new Stack<nint>()).Push((nint)block.Pointer);
        }
    }

    /// <summary>Starts a new measurement of <see cref="PeakBytes"/>.</summary>
    public void ResetPeak()
    {
        lock (_lock) PeakBytes = LiveBytes;
    }

    /// <summary>Returns all kept blocks to the operating system.</summary>
    public void Trim()
    {
        lock (_lock) TrimUnderLock();
    }

    /// <summary>Frees the kept blocks. Blocks that are still rented stay valid and are freed when they are returned.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            TrimUnderLock();
            _disposed = true;
        }
    }

    /// <summary>Bytes of the block that a request of <paramref name="bytes"/> gets when nothing larger is reused.</summary>
    public static long RoundUp(long bytes) => bytes <= 0 ? 0 : SizeOf(ClassOf(bytes));

    private void TrimUnderLock()
    {
        for (int i = 0; i < ClassCount; i++)
        {
            while (_free[i] is { Count: > 0 } stack) Free((void*)stack.Pop(), SizeOf(i));
        }
    }

    private void* Allocate(long capacity)
    {
        try
        {
            return AllocateFromSystem((nuint)capacity);
        }
        catch (OutOfMemoryException)
        {
            TrimUnderLock();
            try
            {
                return AllocateFromSystem((nuint)capacity);
            }
            catch (OutOfMemoryException e)
            {
                throw new DeviceMemoryException(
                    $"The CPU memory pool cannot get {capacity / 1048576.0:F1} MiB: {LiveBytes / 1048576.0:F1} MiB are in use.", e);
            }
        }
    }

    private static void* AllocateFromSystem(nuint capacity)
    {
        if (capacity < HugePage || !OperatingSystem.IsLinux()) return NativeMemory.AlignedAlloc(capacity, Alignment);
        void* pointer = NativeMemory.AlignedAlloc(capacity, HugePage);
        // Whole huge pages only: the rest of the block stays in small pages, so nothing beyond the block becomes resident.
        Libc.AdviseHugePages(pointer, capacity / HugePage * HugePage);
        return pointer;
    }

    private void Free(void* pointer, long capacity)
    {
        NativeMemory.AlignedFree(pointer);
        ReservedBytes -= capacity;
    }

    /// <summary>Smallest class that holds <paramref name="bytes"/>: sizes are 2^e * (1 + s/8), rounded to whole cache lines.</summary>
    private static int ClassOf(long bytes)
    {
        if (bytes <= 1 << MinLog2) return 0;
        int log2 = BitOperations.Log2((ulong)(bytes - 1));
        long step = Math.Max(1, (1L << log2) / StepsPerOctave);
        long above = (bytes - (1L << log2) + step - 1) / step;
        int cls = (log2 - MinLog2) * StepsPerOctave + (int)above;
        if (cls >= ClassCount) throw new DeviceMemoryException($"The CPU memory pool cannot get {bytes} bytes: no machine has that much memory.");
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
