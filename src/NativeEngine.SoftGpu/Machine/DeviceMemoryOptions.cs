namespace NativeEngine.SoftGpu;

/// <summary>How device memory is laid out and watched.</summary>
public sealed record DeviceMemoryOptions
{
    /// <summary>Bytes that may be allocated at once.</summary>
    public long Capacity { get; init; } = 8L << 30;

    /// <summary>Guard bytes before and after every allocation.</summary>
    public int RedZoneBytes { get; init; } = 256;

    /// <summary>Freed bytes kept out of reuse, so that late accesses are recognised.</summary>
    public long QuarantineBytes { get; init; } = 64L << 20;

    /// <summary>Freed allocations kept out of reuse at most: every launch looks through the list of all.</summary>
    public int QuarantineAllocations { get; init; } = 1024;

    /// <summary>Keeps one flag per byte that says whether it was ever written. Costs as much memory again.</summary>
    public bool TrackInitialised { get; init; }

    /// <summary>Byte that fresh and freed memory is filled with; the default makes NaN of every float. Null leaves memory as it comes.</summary>
    public byte? Poison { get; init; } = 0xFF;
}
