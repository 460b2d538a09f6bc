using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Global memory of the software GPU. A device address is the address of guarded host memory: every allocation has red zones around it, freed
/// allocations stay in quarantine so that late accesses are recognised, and each byte can remember whether it was ever written.
/// </summary>
public sealed unsafe class DeviceMemory : IDisposable
{
    private const byte RedZoneByte = 0xA5;
    private const int Alignment = 512;

    private readonly object _lock = new();
    private readonly SortedList<ulong, DeviceAllocation> _allocations = [];
    private readonly Queue<DeviceAllocation> _quarantine = [];
    private MemoryTable? _table;
    private long _quarantined;
    private int _serial;
    private bool _disposed;

    public DeviceMemory(DeviceMemoryOptions? options = null) => Options = options ?? new DeviceMemoryOptions();

    public DeviceMemoryOptions Options { get; }

    /// <summary>Bytes allocated and not freed.</summary>
    public long BytesInUse { get; private set; }

    /// <summary>Largest value <see cref="BytesInUse"/> ever had.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Allocations that were not freed, in address order.</summary>
    public IReadOnlyList<DeviceAllocation> Live
    {
        get
        {
            lock (_lock)
                return [.. _allocations.Values.Where(allocation => !allocation.IsFreed)];
        }
    }

    /// <summary>Allocates <paramref name="bytes"/> bytes, aligned to 512.</summary>
    /// <param name="bytes">Size, more than zero.</param>
    /// <param name="label">Name for findings.</param>
    /// <exception cref="DeviceMemoryException">The capacity would be exceeded.</exception>
    public ulong Allocate(long bytes, string label = "") => Allocate(bytes, label, false);

    internal ulong Allocate(long bytes, string label, bool isReadOnly)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (bytes > Options.Capacity - BytesInUse)
                throw new DeviceMemoryException($"software GPU: cannot allocate {bytes} bytes, {Options.Capacity - BytesInUse} of {Options.Capacity} are free");
            int zone = (Options.RedZoneBytes + Alignment - 1) / Alignment * Alignment;
            byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + zone + Options.RedZoneBytes), Alignment);
            new Span<byte>(block, zone).Fill(RedZoneByte);
            Fill(block + zone, bytes, Options.Poison);
            new Span<byte>(block + zone + bytes, Options.RedZoneBytes).Fill(RedZoneByte);
            var allocation = new DeviceAllocation((ulong)(block + zone), bytes, label, ++_serial)
            {
                Block = (nint)block,
                IsReadOnly = isReadOnly,
                Written = Options.TrackInitialised ? new byte[bytes] : null,
            };
            _allocations.Add(allocation.Address, allocation);
            BytesInUse += bytes;
            PeakBytes = Math.Max(PeakBytes, BytesInUse);
            _table = null;
            return allocation.Address;
        }
    }

    /// <summary>Frees an allocation; its bytes go to quarantine. Returns a finding when a red zone was written over, else null.</summary>
    /// <exception cref="DeviceException"><paramref name="address"/> is not the start of a live allocation.</exception>
    public Finding? Free(ulong address)
    {
        lock (_lock)
        {
            if (!_allocations.TryGetValue(address, out var allocation))
                throw new DeviceException($"software GPU: free of 0x{address:x}, which is not the start of an allocation ({Describe(address)})");
            if (allocation.IsFreed)
                throw new DeviceException($"software GPU: {allocation} at 0x{address:x} is freed twice");
            var finding = CheckRedZones(allocation);
            allocation.IsFreed = true;
            BytesInUse -= allocation.Bytes;
            Fill((byte*)address, allocation.Bytes, Options.Poison);
            _quarantine.Enqueue(allocation);
            _quarantined += allocation.Bytes;
            while ((_quarantined > Options.QuarantineBytes || _quarantine.Count > Options.QuarantineAllocations) && _quarantine.TryDequeue(out var oldest))
            {
                _quarantined -= oldest.Bytes;
                _allocations.Remove(oldest.Address);
                NativeMemory.AlignedFree((void*)oldest.Block);
            }
            _table = null;
            return finding;
        }
    }

    /// <summary>Copies host bytes to device memory.</summary>
    /// <exception cref="DeviceException">The range is not inside one live allocation.</exception>
    public void CopyIn(ulong destination, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>(Access(destination, source.Length, true), source.Length));

    /// <summary>Copies host values to device memory.</summary>
    public void CopyIn<T>(ulong destination, ReadOnlySpan<T> source) where T : unmanaged => CopyIn(destination, MemoryMarshal.AsBytes(source));

    /// <summary>Copies device memory to host bytes.</summary>
    /// <exception cref="DeviceException">The range is not inside one live allocation.</exception>
    public void CopyOut(Span<byte> destination, ulong source) =>
        new Span<byte>(Access(source, destination.Length, false), destination.Length).CopyTo(destination);

    /// <summary>Copies device memory to host values.</summary>
    public void CopyOut<T>(Span<T> destination, ulong source) where T : unmanaged => CopyOut(MemoryMarshal.AsBytes(destination), source);

    /// <summary>Copies inside device memory; the ranges may overlap. What was never written stays marked so.</summary>
    public void Copy(ulong destination, ulong source, long bytes)
    {
        byte* from = Access(source, bytes, false);
        byte* to = Access(destination, bytes, false);
        Buffer.MemoryCopy(from, to, bytes, bytes);
        if (Options.TrackInitialised && bytes > 0)
        {
            var a = Find(source)!;
            var b = Find(destination)!;
            Array.Copy(a.Written!, (long)(source - a.Address), b.Written!, (long)(destination - b.Address), bytes);
        }
    }

    /// <summary>Fills device memory with a repeated 1, 2 or 4-byte value.</summary>
    public void Set<T>(ulong destination, T value, long count) where T : unmanaged
    {
        byte* to = Access(destination, count * sizeof(T), true);
        for (long done = 0; done < count; done += 1 << 28)
            new Span<T>((T*)to + done, (int)Math.Min(1 << 28, count - done)).Fill(value);
    }

    /// <summary>
    /// Host view of a range for code that stands in for device libraries. A write marks the bytes as written.
    /// </summary>
    /// <exception cref="DeviceException">The range is not inside one live allocation.</exception>
    public byte* Access(ulong address, long bytes, bool write)
    {
        if (bytes == 0)
            return (byte*)address;
        var allocation = Find(address);
        if (allocation is null || allocation.IsFreed || bytes < 0 || address + (ulong)bytes > allocation.End)
            throw new DeviceException($"software GPU: {bytes} bytes at 0x{address:x} are not inside one allocation ({Describe(address)})");
        if (write && allocation.Written is { } written)
            Array.Fill(written, (byte)1, (int)(address - allocation.Address), (int)bytes);
        return (byte*)address;
    }

    /// <summary>Offset from <paramref name="address"/> of the first byte of the range that was never written, or -1.</summary>
    public long FirstUninitialised(ulong address, long bytes)
    {
        if (Find(address) is not { Written: { } written } allocation)
            return -1;
        int start = (int)(address - allocation.Address);
        return written.AsSpan(start, (int)Math.Min(bytes, allocation.Bytes - start)).IndexOf((byte)0);
    }

    /// <summary>The allocation that holds <paramref name="address"/>, freed ones in quarantine included, or null.</summary>
    public DeviceAllocation? Find(ulong address)
    {
        var table = Table();
        var allocation = table.At(table.IndexAtOrBefore(address));
        return allocation is not null && address < allocation.End ? allocation : null;
    }

    /// <summary>Where an address lies, for messages: inside or how far from the nearest allocation.</summary>
    public string Describe(ulong address)
    {
        var table = Table();
        int index = table.IndexAtOrBefore(address);
        var before = table.At(index);
        if (before is not null && address < before.End)
            return before.IsFreed ? $"inside {before}, which was freed" : $"{address - before.Address} bytes into {before}";
        var after = table.At(index + 1);
        ulong past = before is null ? ulong.MaxValue : address - before.End;
        ulong ahead = after is null ? ulong.MaxValue : after.Address - address;
        if (Math.Min(past, ahead) > 1 << 20)
            return address < 4096 ? "a null pointer" : "near no allocation";
        return past <= ahead ? $"{past} bytes past the end of {Name(before!)}" : $"{ahead} bytes before {Name(after!)}";
    }

    private static string Name(DeviceAllocation allocation) => allocation.IsFreed ? $"{allocation}, which was freed" : allocation.ToString();

    /// <summary>One finding for every allocation that is still live.</summary>
    public IReadOnlyList<Finding> Leaks() =>
        [.. Live.OrderBy(a => a.Serial).Select(a => new Finding(FindingKind.Leak, $"{a} was never freed", FindingPlace.Nowhere))];

    internal MemoryTable Table()
    {
        lock (_lock)
            return _table ??= new MemoryTable([.. _allocations.Values]);
    }

    private Finding? CheckRedZones(DeviceAllocation allocation)
    {
        var after = new ReadOnlySpan<byte>((byte*)allocation.End, Options.RedZoneBytes);
        int zone = (int)(allocation.Address - (ulong)allocation.Block);
        var before = new ReadOnlySpan<byte>((byte*)allocation.Block, zone);
        int late = after.IndexOfAnyExcept(RedZoneByte);
        int early = before.LastIndexOfAnyExcept(RedZoneByte);
        if (late < 0 && early < 0)
            return null;
        string where = late >= 0 ? $"{late} bytes past its end" : $"{zone - early} bytes before its start";
        return new Finding(FindingKind.OutOfBounds, $"{allocation} was written {where} by host code", FindingPlace.Nowhere);
    }

    private static void Fill(byte* at, long bytes, byte? value)
    {
        if (value is { } fill)
            NativeMemory.Fill(at, (nuint)bytes, fill);
    }

    /// <summary>Returns all memory to the host.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (var allocation in _allocations.Values)
                NativeMemory.AlignedFree((void*)allocation.Block);
            _allocations.Clear();
            _quarantine.Clear();
            _table = null;
        }
    }
}
