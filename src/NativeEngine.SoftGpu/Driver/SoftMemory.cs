using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>The allocations of one context, in address order.</summary>
internal sealed class SoftMemory(IMachine machine, long capacity)
{
    private readonly SortedList<ulong, SoftAllocation> _live = [];

    public long Capacity { get; } = capacity;

    public long Used { get; private set; }

    public long UsedHigh { get; private set; }

    public IEnumerable<SoftAllocation> Live => _live.Values;

    /// <exception cref="DriverException">Out of memory, or a size of zero.</exception>
    public SoftAllocation Allocate(nuint bytes, string origin)
    {
        if (bytes == 0)
            throw new DriverException(CuResult.InvalidValue, "an allocation of zero bytes");
        if (bytes > (nuint)(Capacity - Used))
            throw new DriverException(CuResult.OutOfMemory, $"{bytes} bytes asked, {Capacity - Used} of {Capacity} free");
        var allocation = new SoftAllocation(machine.Allocate((long)bytes), (long)bytes, origin);
        _live.Add(allocation.Address, allocation);
        Used += allocation.Bytes;
        UsedHigh = Math.Max(UsedHigh, Used);
        return allocation;
    }

    /// <summary>A free was queued: later allocations in stream order may have the room at once, though the bytes live on until it runs.</summary>
    public void QueueFree(SoftAllocation allocation)
    {
        allocation.FreeQueued = true;
        Used -= allocation.Bytes;
    }

    /// <returns>What the machine found wrong with the block, or null.</returns>
    public string? Free(SoftAllocation allocation)
    {
        if (!_live.Remove(allocation.Address))
            return null;
        if (!allocation.FreeQueued)
            Used -= allocation.Bytes;
        return machine.Free(allocation.Address);
    }

    /// <summary>The live allocation that holds <paramref name="address"/>, or null.</summary>
    public SoftAllocation? Find(ulong address)
    {
        var keys = _live.Keys;
        int low = 0, high = keys.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if (keys[middle] <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }
        if (high < 0)
            return null;
        var candidate = _live.Values[high];
        return address < candidate.Address + (ulong)candidate.Bytes ? candidate : null;
    }

    /// <summary>The live allocation that starts at <paramref name="address"/>, or null.</summary>
    public SoftAllocation? At(ulong address) => _live.GetValueOrDefault(address);

    public void ResetHigh() => UsedHigh = Used;
}
