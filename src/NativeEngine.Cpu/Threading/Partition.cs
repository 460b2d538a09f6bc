using System.Numerics;

namespace NativeEngine.Cpu.Threading;

/// <summary>
/// Splits [0, length) into nearly equal chunks whose borders depend on the length alone, never on the number of threads.
/// </summary>
/// <remarks>
/// The number of chunks is a power of two, so that a worker gets the same fraction of every array in every loop: a core that writes
/// memory last used by another core does so at a small part of its own speed.
/// </remarks>
public readonly struct Partition
{
    /// <summary>Enough chunks to balance a large machine, few enough to keep the per-chunk cost invisible.</summary>
    public const int MaxChunks = 64;

    private readonly long _units;
    private readonly long _unit;

    private Partition(long length, long unit, int chunks)
    {
        Length = length;
        _unit = unit;
        _units = (length + unit - 1) / unit;
        Chunks = chunks;
    }

    /// <summary>Number of items that are split.</summary>
    public long Length { get; }

    /// <summary>Number of chunks; 0 for an empty length.</summary>
    public int Chunks { get; }

    /// <summary>Chunks of at least <paramref name="grain"/> items (the last ones may be one unit smaller), at most <paramref name="maxChunks"/> of
    /// them.</summary>
    /// <param name="length">items to split</param>
    /// <param name="grain">least work worth handing to another thread, in items</param>
    /// <param name="unit">chunk borders are multiples of this (16 keeps float vectors whole)</param>
    /// <param name="maxChunks">upper bound of the number of chunks</param>
    public static Partition Of(long length, long grain, long unit = 1, int maxChunks = MaxChunks)
    {
        if (length <= 0) return new Partition(0, unit, 0);
        long units = (length + unit - 1) / unit;
        long chunks = Math.Min(Math.Clamp(length / Math.Max(1, grain), 1, maxChunks), units);
        return new Partition(length, unit, 1 << BitOperations.Log2((ulong)chunks));
    }

    /// <summary>First item of a chunk.</summary>
    public long Start(int chunk) => Math.Min(Length, _units * chunk / Chunks * _unit);

    /// <summary>One past the last item of a chunk.</summary>
    public long End(int chunk) => Math.Min(Length, _units * (chunk + 1) / Chunks * _unit);
}
