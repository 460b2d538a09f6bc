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
internal sealed unsafe class CudaMemoryPool(CudaDriver driver, nint stream, bool streamOrdered, bool separate)
{
    /// <summary>Blocks are multiples of this: vector access and coalescing want 256 bytes or more.</summary>
    private const long Unit = 512;

    private readonly SortedSet<MemoryBlock> _free = new(Comparer<MemoryBlock>.Create(static (a, b) =>
        a.Bytes != b.Bytes ? a.Bytes.CompareTo(b.Bytes) : a.Address.CompareTo(b.Address)));
    private readonly Dictionary<ulong, Segment> _segments = [];
    private long _liveBuffers, _liveBytes, _peakBytes, _reservedBytes, _allocations;
    private long _poured; // the segment that EndStep made last
    private long _transientBytes, _transientPeak; // in blocks of tensors that come and go

    /// <summary>True while the stream is being captured: the driver's stream-ordered calls would become part of the graph.</summary>
    public bool IsCapturing { get; set; }

    /// <summary>Called before an out-of-memory error, to say what would fit.</summary>
    public Func<long, string>? Advice { get; set; }

    /// <summary>Bytes that libraries hold for their own work.</summary>
    public Func<long>? LibraryBytes { get; set; }

    public MemoryReport Report => new(_liveBuffers, _liveBytes, _peakBytes, _reservedBytes, _allocations);

    public long LiveBytes => _liveBytes;

    /// <summary>Memory in a segment of its own, for what outlives steps or is too rare to shape their memory.</summary>
    /// <exception cref="DeviceMemoryException">The device has no room, even after giving back what is cached.</exception>
    public CudaBuffer RentApart(long bytes) => Rent(bytes, apart: true);

    /// <summary>Memory for what comes and goes.</summary>
    /// <exception cref="DeviceMemoryException">The device has no room, even after giving back what is cached.</exception>
    public CudaBuffer Rent(long bytes) => Rent(bytes, apart: false);

    private CudaBuffer Rent(long bytes, bool apart)
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
            var block = apart ? TakeExactly(size) ?? GrowBy(size, bytes) : Take(size) ?? Grow(size, bytes);
            block.IsApart = apart;
            buffer = new CudaBuffer(bytes, block.Address, block);
            if (!apart)
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
            if (!block.IsApart)
                _transientBytes -= block.Bytes;
            Release(block);
        }
        else
            FreeSegment(buffer.Address);
        buffer.Clear();
    }

    /// <summary>A step has ended: what it took in several segments, or gave up for what outlives it, becomes one segment.</summary>
    public void EndStep()
    {
        if (separate || IsCapturing || _transientBytes > 0 || _transientPeak == 0)
            return;
        long[] idle = [.. _free.Where(static b => b.IsWholeSegment && !b.IsApart).Select(static b => b.Bytes)];
        if (idle.Length == 1 && idle[0] >= _transientPeak)
            return;
        // One segment as large as the largest sum of blocks is enough unless gaps are left between them: then the step took more beside it.
        long wanted = _poured > 0 && idle.Contains(_poured) ? Math.Max(idle.Sum(), _transientPeak) : _transientPeak;
        Trim();
        _poured = 0;
        try
        {
            AddSegment(wanted, wanted);
            _poured = wanted;
        }
        catch (DeviceException)
        {
            // Nobody needs it yet: the next step takes its memory in pieces, or says what is wrong with the device.
        }
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
        AddSegment(Math.Max(size, TrimBefore(size)), asked);
        return Take(size)!;
    }

    private MemoryBlock GrowBy(long size, long asked)
    {
        TrimBefore(size);
        AddSegment(size, asked);
        return TakeExactly(size)!;
    }

    /// <summary>Gives free segments back before the pool grows beyond what tensors ever held at once.</summary>
    /// <returns>Bytes given back.</returns>
    private long TrimBefore(long size)
    {
        if (IsCapturing || _reservedBytes + size <= Math.Max(_peakBytes, _liveBytes + size))
            return 0;
        long before = _reservedBytes;
        Trim();
        return before - _reservedBytes;
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
        bool ordered = streamOrdered && !IsCapturing;
        var result = Allocate(bytes, ordered, &address);
        if (result == CuResult.OutOfMemory && !IsCapturing)
        {
            Trim();
            driver.Check(driver.Api.cuStreamSynchronize(stream), "cuStreamSynchronize");
            result = Allocate(bytes, ordered, &address);
        }
        if (result == CuResult.OutOfMemory)
            throw OutOfMemory(asked);
        driver.Check(result, ordered ? "cuMemAllocAsync" : "cuMemAlloc", $"for {bytes} bytes");
        _segments.Add(address, new Segment(bytes, ordered));
        _reservedBytes += bytes;
        _allocations++;
        return address;
    }

    private CuResult Allocate(long bytes, bool ordered, ulong* address) =>
        ordered ? driver.Api.cuMemAllocAsync(address, (nuint)bytes, stream) : driver.Api.cuMemAlloc(address, (nuint)bytes);

    private void FreeSegment(ulong address)
    {
        _segments.Remove(address, out var segment);
        _reservedBytes -= segment.Bytes;
        // A segment goes back the way it came: what was taken while the stream was recorded is no memory of the driver's pool.
        // A failure here is the echo of an earlier error, which has been reported.
        _ = segment.IsOrdered ? driver.Api.cuMemFreeAsync(address, stream) : driver.Api.cuMemFree(address);
    }

    private DeviceMemoryException OutOfMemory(long asked)
    {
        nuint free = 0, total = 0;
        _ = driver.Api.cuMemGetInfo(&free, &total);
        string advice = Advice?.Invoke(asked) ?? "";
        string facts =
            $"device {driver.Device}: out of memory: {Megabytes(asked)} asked, {Megabytes(_liveBytes)} held in {_liveBuffers} tensors, "
                + $"{Megabytes((long)free)} of {Megabytes((long)total)} free.";
        return new DeviceMemoryException(facts, null, advice) { CapacityBytes = Math.Max(0, (long)total - (LibraryBytes?.Invoke() ?? 0)) };
    }

    /// <summary>One driver allocation.</summary>
    /// <param name="Bytes">Its size.</param>
    /// <param name="IsOrdered">True when it belongs to the stream-ordered pool.</param>
    private readonly record struct Segment(long Bytes, bool IsOrdered);

    internal static string Megabytes(long bytes) => bytes < 1 << 20 ? $"{bytes / 1024.0:0.#} KiB" : $"{bytes / (1024.0 * 1024.0):0.#} MiB";
}
