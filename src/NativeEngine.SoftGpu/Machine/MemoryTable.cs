namespace NativeEngine.SoftGpu;

/// <summary>One valid range of device addresses.</summary>
internal struct MemoryRange
{
    public ulong Start;
    public ulong End;
}

/// <summary>
/// The allocations at one moment, sorted by address: what a launch may touch. Immutable, so kernels read it without locks while the host allocates.
/// </summary>
internal sealed unsafe class MemoryTable
{
    /// <summary>Pinned, so that decoded programs can hold plain pointers into it for the time of a launch.</summary>
    private readonly MemoryRange[] _ranges;

    private readonly DeviceAllocation[] _allocations;

    public MemoryTable(IReadOnlyList<DeviceAllocation> sorted)
    {
        _allocations = [.. sorted];
        // Index 0 is an impossible range that never matches: where operations point that have not touched anything yet.
        _ranges = GC.AllocateArray<MemoryRange>(sorted.Count + 1, pinned: true);
        _ranges[0] = new MemoryRange { Start = ulong.MaxValue, End = 0 };
        for (int i = 0; i < sorted.Count; i++)
            _ranges[i + 1] = new MemoryRange { Start = sorted[i].Address, End = sorted[i].End };
        Ranges = (MemoryRange*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _ranges[0]);
    }

    public MemoryRange* Ranges { get; }

    public int Count => _allocations.Length;

    /// <summary>Index of the last allocation that starts at or before <paramref name="address"/>, or -1.</summary>
    public int IndexAtOrBefore(ulong address)
    {
        int low = 0, high = _allocations.Length - 1, found = -1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_allocations[middle].Address <= address)
            {
                found = middle;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return found;
    }

    public DeviceAllocation? At(int index) => (uint)index < (uint)_allocations.Length ? _allocations[index] : null;
}
