namespace NativeEngine.SoftGpu.Driver;

/// <summary>One block of device memory with the last accesses to it, for the ordering check.</summary>
internal sealed class SoftAllocation(ulong address, long bytes, string origin)
{
    private readonly Dictionary<int, Access> _reads = [];
    private Access? _write;

    public ulong Address { get; } = address;

    public long Bytes { get; } = bytes;

    /// <summary>The call that made it.</summary>
    public string Origin { get; } = origin;

    /// <summary>A free is queued on a stream: later calls may not use it.</summary>
    public bool FreeQueued { get; set; }

    /// <summary>Notes an access by <paramref name="work"/> and returns the earlier access it is not ordered with, or null.</summary>
    /// <remarks>Two accesses conflict when one writes and neither happens before the other. Work runs in any legal order, so a conflict shows up
    /// on whichever side runs second: it does not know the other's tick.</remarks>
    public string? Touch(Work work, bool write)
    {
        string? conflict = null;
        if (_write is { } w && !Knows(work, w))
            conflict = $"written by {w.What}";
        if (write)
            foreach (var read in _reads.Values)
                if (!Knows(work, read))
                    conflict ??= $"read by {read.What}";
        var access = new Access(work.Timeline, work.Tick, work.What);
        if (write)
        {
            _write = access;
            _reads.Clear();
        }
        else
        {
            _reads[work.Timeline] = access;
        }
        return conflict;
    }

    private static bool Knows(Work work, in Access earlier) => work.Clock[earlier.Timeline] >= earlier.Tick;

    private readonly record struct Access(int Timeline, long Tick, string What);
}
