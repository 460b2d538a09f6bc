using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// How much is known of the threads of one block: for each a clock, up to which its accesses come before. Threads that move together share an entry
/// by warp. Never changes once made, so that many threads can hold the same.
/// </summary>
internal sealed class BlockClock
{
    private readonly int[] _warps;
    private readonly int[]? _threads;

    private BlockClock(int[] warps, int[]? threads)
    {
        _warps = warps;
        _threads = threads;
    }

    /// <summary>Nothing is known of any thread.</summary>
    public static BlockClock Nothing(int warps) => new(new int[warps], null);

    /// <summary>True when the accesses of these lanes at a clock come before.</summary>
    public bool Covers(int warp, uint lanes, int clock)
    {
        if (_warps[warp] >= clock)
            return true;
        if (_threads is null)
            return lanes == 0;
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            if (_threads[32 * warp + BitOperations.TrailingZeroCount(rest)] < clock)
                return false;
        }
        return true;
    }

    /// <summary>What either of two knows.</summary>
    public static BlockClock Join(BlockClock a, BlockClock b)
    {
        if (ReferenceEquals(a, b))
            return a;
        int[] warps = Larger(a._warps, b._warps);
        return new BlockClock(warps, a._threads is null ? b._threads : b._threads is null ? a._threads : Larger(a._threads, b._threads));
    }

    /// <summary>Knows besides that groups of lanes have come to clocks; a group of all lanes of its warp costs least.</summary>
    public BlockClock With(params ReadOnlySpan<LaneGroup> groups)
    {
        int[] warps = [.. _warps];
        int[]? threads = null;
        foreach (var group in groups)
        {
            if (group.IsWhole)
            {
                warps[group.Warp] = Math.Max(warps[group.Warp], group.Clock);
                continue;
            }
            threads ??= _threads is null ? new int[32 * warps.Length] : [.. _threads];
            for (uint rest = group.Lanes; rest != 0; rest &= rest - 1)
            {
                ref int known = ref threads[32 * group.Warp + BitOperations.TrailingZeroCount(rest)];
                known = Math.Max(known, group.Clock);
            }
        }
        return new BlockClock(warps, threads ?? _threads);
    }

    private static int[] Larger(int[] a, int[] b)
    {
        int[] larger = new int[a.Length];
        for (int i = 0; i < larger.Length; i++)
            larger[i] = Math.Max(a[i], b[i]);
        return larger;
    }
}

/// <summary>Lanes of a warp at a clock.</summary>
/// <param name="Warp">The warp.</param>
/// <param name="Lanes">Its lanes.</param>
/// <param name="IsWhole">True when these are all the lanes that the warp has.</param>
/// <param name="Clock">The clock they have come to.</param>
internal readonly record struct LaneGroup(int Warp, uint Lanes, bool IsWhole, int Clock);
