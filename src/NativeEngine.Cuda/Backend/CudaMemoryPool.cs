using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>
/// Device memory in the order of one stream: a freed block may be handed out at once, because whoever gets it works on the same stream
/// after the work that used it. Blocks are cut best-fit from segments of the driver's stream-ordered pool and joined again when freed.
/// </summary>
/// <remarks>
/// What outlives steps gets segments of its own size, so that it never splits the memory of what comes and goes. That memory is poured into one
/// segment when a step ends: pieces that the first steps took one by one would each keep a rest that fits nothing.
/// </remarks>
internal sealed unsafe class CudaMemoryPool(CudaDriver driver, nint stream, bool separate)
{
    /// <summary>Blocks are multiples of this: vector access and coalescing want 256 bytes or more.</summary>
    private const long Unit = 512;

    /// <summary>Free segments are given back before the pool grows beyond this times what tensors ever held at once.</summary>
    private const double GrowthLimit = 1.0;

    private readonly SortedSet<MemoryBlock> _free = new(Comparer<MemoryBlock>.Create(static (a, b) =>
        a.Bytes != b.Bytes ? a.Bytes.CompareTo(b.Bytes) : a.Address.CompareTo(b.Address)));
    private readonly Dictionary<ulong, long> _segments = [];
    private readonly bool _asynchronous = driver.Tables.Has(nameof(CudaDriverApi.cuMemAllocAsync), nameof(CudaDriverApi.cuMemFreeAsync));
    private long _liveBuffers, _liveBytes, _peakBytes, _reservedBytes, _allocations;
    private long _largestPoured; // what EndStep poured last
    private long _transientBytes, _transientPeak; // in blocks of tensors that come and go

    /// <summary>True while the stream is being captured: the driver's stream-ordered calls would become part of the graph.</summary>
    public bool IsCapturing { get; set; }

    /// <summary>Called before an out-of-memory error, to say what would fit.</summary>
    public Func<long, string>? Advice { get; set; }

    public MemoryReport Report => new(_liveBuffers, _liveBytes, _peakBytes, _reservedBytes, _allocations);

    public long LiveBytes => _liveBytes;

    /// <summary>Memory for what outlives steps.</summary>
    /// <exception cref="DeviceMemoryException">The device has no room, even after giving back what is cached.</exception>
    public CudaBuffer RentPersistent(long bytes) => Rent(bytes, persistent: true);

    /// <summary>Memory for what comes and goes.</summary>
    /// <exception cref="DeviceMemoryException">The device has no room, even after giving back what is cached.</exception>
    public CudaBuffer Rent(long bytes) => Rent(bytes, persistent: false);

    private CudaBuffer Rent(long bytes, bool persistent)
    {
        if (bytes == 0)
            return new CudaBuffer(0, 0, null);
        long size = (bytes + Unit - 1) / Unit * Unit;
        CudaBuffer buffer;
        if (separate && !IsCapturing)
        {
            // Exactly as many bytes as asked, so that the last element's neighbour is out of bounds.
            buffer = new CudaBuffer(bytes, NewSegment(bytes, bytes), null);
        }
        else
        {
            var block = (persistent ? TakeExactly(size) : Take(size)) ?? Grow(size, bytes);
            block.IsPersistent = persistent;
            buffer = new CudaBuffer(bytes, block.Address, block);
            if (!persistent)
                _transientPeak = Math.Max(_transientPeak, _transientBytes += size);
        }
        _liveBuffers++;
        _liveBytes += bytes;
        _peakBytes = Math.Max(_peakBytes, _liveBytes);
        return buffer;
    }

    public void Return(CudaBuffer buffer)
    {
        if (buffer.Address == 0)
            return;
        _liveBuffers--;
        _liveBytes -= buffer.Bytes;
        if (buffer.Block is { } block)
        {
            if (!block.IsPersistent)
                _transientBytes -= block.Bytes;
            Release(block);
        }
        else
            FreeSegment(buffer.Address);
        buffer.Clear();
    }

    /// <summary>A step has ended: what it took in several segments becomes one.</summary>
    public void EndStep()
    {
        if (separate || IsCapturing || _transientBytes > 0)
            return;
        var idle = _free.Where(static b => b.IsWholeSegment).ToArray();
        if (idle.Length < 2)
            return;
        // The step needed no more than its segments together; how little it could have needed is its largest sum of blocks.
        long wanted = Math.Max(_transientPeak, idle.Max(static b => b.Bytes) == _largestPoured ? idle.Sum(static b => b.Bytes) : 0);
        Trim();
        AddSegment(_largestPoured = wanted, wanted);
    }

    /// <summary>Gives everything that is not in use back to the driver.</summary>
    public void Trim()
    {
        foreach (var block in _free.Where(static b => b.IsWholeSegment).ToArray())
        {
            _free.Remove(block);
            FreeSegment(block.Segment);
        }
    }

    /// <summary>Frees all memory, whoever holds it; the backend is going away.</summary>
    public void Clear()
    {
        foreach (ulong segment in _segments.Keys.ToArray())
            FreeSegment(segment);
        _free.Clear();
    }

    /// <summary>A free segment of just this size, or null.</summary>
    private MemoryBlock? TakeExactly(long size)
    {
        var block = _free.GetViewBetween(new MemoryBlock(0, size, 0), new MemoryBlock(ulong.MaxValue, size, 0)).FirstOrDefault(static b => b.IsWholeSegment);
        if (block is null)
            return null;
        _free.Remove(block);
        block.IsFree = false;
        return block;
    }

    private MemoryBlock? Take(long size)
    {
        var block = _free.GetViewBetween(new MemoryBlock(0, size, 0), new MemoryBlock(ulong.MaxValue, long.MaxValue, 0)).Min;
        if (block is null)
            return null;
        _free.Remove(block);
        block.IsFree = false;
        if (block.Bytes > size)
        {
            var rest = new MemoryBlock(block.Address + (ulong)size, block.Bytes - size, block.Segment) { Previous = block, Next = block.Next, IsFree = true };
            if (block.Next is not null)
                block.Next.Previous = rest;
            block.Next = rest;
            block.Bytes = size;
            _free.Add(rest);
        }
        return block;
    }

    private MemoryBlock Grow(long size, long asked)
    {
        // Too small free segments are melted into one: what is reserved then stays near what is used.
        long wanted = size;
        if (!IsCapturing && _reservedBytes + size > (long)(GrowthLimit * Math.Max(_peakBytes, _liveBytes + size)))
        {
            long before = _reservedBytes;
            Trim();
            wanted = Math.Max(size, before - _reservedBytes);
        }
        AddSegment(wanted, asked);
        return Take(size)!;
    }

    private void AddSegment(long bytes, long asked)
    {
        ulong address = NewSegment(bytes, asked);
        _free.Add(new MemoryBlock(address, bytes, address) { IsFree = true });
    }

    private void Release(MemoryBlock block)
    {
        block.IsFree = true;
        if (block.Next is { IsFree: true } next)
        {
            _free.Remove(next);
            block.Bytes += next.Bytes;
            block.Next = next.Next;
            if (next.Next is not null)
                next.Next.Previous = block;
        }
        if (block.Previous is { IsFree: true } previous)
        {
            _free.Remove(previous);
            previous.Bytes += block.Bytes;
            previous.Next = block.Next;
            if (block.Next is not null)
                block.Next.Previous = previous;
            block = previous;
        }
        _free.Add(block);
    }

    private ulong NewSegment(long bytes, long asked)
    {
        ulong address;
        var result = Allocate(bytes, &address);
        if (result == CuResult.OutOfMemory && !IsCapturing)
        {
            Trim();
            driver.Check(driver.Api.cuStreamSynchronize(stream), "cuStreamSynchronize");
            result = Allocate(bytes, &address);
        }
        if (result == CuResult.OutOfMemory)
            throw OutOfMemory(asked);
        driver.Check(result, "cuMemAllocAsync", $"for {bytes} bytes");
        _segments.Add(address, bytes);
        _reservedBytes += bytes;
        _allocations++;
        return address;
    }

    private CuResult Allocate(long bytes, ulong* address) =>
        _asynchronous && !IsCapturing ? driver.Api.cuMemAllocAsync(address, (nuint)bytes, stream) : driver.Api.cuMemAlloc(address, (nuint)bytes);

    private void FreeSegment(ulong address)
    {
        _segments.Remove(address, out long bytes);
        _reservedBytes -= bytes;
        // A failure here is the echo of an earlier error, which has been reported.
        _ = _asynchronous ? driver.Api.cuMemFreeAsync(address, stream) : driver.Api.cuMemFree(address);
    }

    private DeviceMemoryException OutOfMemory(long asked)
    {
        nuint free = 0, total = 0;
        _ = driver.Api.cuMemGetInfo(&free, &total);
        string advice = Advice?.Invoke(asked) ?? "";
        return new DeviceMemoryException(
            $"device {driver.Device}: out of memory: {Megabytes(asked)} asked, {Megabytes(_liveBytes)} held in {_liveBuffers} tensors, {Megabytes((long)free)} of {Megabytes((long)total)} free.{advice}");
    }

    internal static string Megabytes(long bytes) => bytes < 1 << 20 ? $"{bytes / 1024.0:0.#} KiB" : $"{bytes / (1024.0 * 1024.0):0.#} MiB";
}
