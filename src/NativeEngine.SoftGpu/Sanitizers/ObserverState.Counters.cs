using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Memory transactions and bank conflicts.</content>
internal sealed unsafe partial class ObserverState
{
    private const int SectorBytes = 32;
    private const int Banks = 32;

    private readonly BlockCache _cache = new();
    private ulong _cachedStart, _cachedEnd; // the allocation of the last counted sector
    private int _cachedAllocation;

    private void CountGlobal(uint mask, ulong* addresses, AccessInfo info)
    {
        var counters = Executor.Counters;
        int lanes = BitOperations.PopCount(mask);
        Span<ulong> sorted = stackalloc ulong[32];
        int count = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
            sorted[count++] = addresses[BitOperations.TrailingZeroCount(rest)];
        sorted = sorted[..count];
        sorted.Sort();
        int sectors = 0, distinct = 0;
        ulong lastSector = ulong.MaxValue, lastAddress = ulong.MaxValue;
        foreach (ulong address in sorted)
        {
            // An aligned access of at most 16 bytes lies in one sector.
            if (address / SectorBytes != lastSector)
            {
                sectors++;
                CountSector(counters, address, info.Kind);
            }
            if (address != lastAddress)
                distinct++;
            lastSector = address / SectorBytes;
            lastAddress = address;
        }
        int minimum = (distinct * info.Bytes + SectorBytes - 1) / SectorBytes;
        long bytes = (long)lanes * info.Bytes;
        if (info.Kind == AccessKind.Atomic)
            counters.Atomics += lanes;
        if (info.Kind != AccessKind.Write)
        {
            counters.GlobalLoadSectors += sectors;
            counters.GlobalLoadSectorsMinimum += minimum;
            counters.GlobalLoadBytes += bytes;
        }
        if (info.Kind != AccessKind.Read)
        {
            counters.GlobalStoreSectors += sectors;
            counters.GlobalStoreSectorsMinimum += minimum;
            counters.GlobalStoreBytes += bytes;
        }
    }

    private void CountSector(LaunchCounters counters, ulong address, AccessKind kind)
    {
        if (address < _cachedStart || address >= _cachedEnd)
        {
            var table = Executor.Launch.Table;
            _cachedAllocation = table.IndexAtOrBefore(address);
            (_cachedStart, _cachedEnd) = table.At(_cachedAllocation) is { } found ? (found.Address, found.End) : (0, 0);
        }
        var touched = Executor.Launch.Sectors!;
        if (kind != AccessKind.Write)
        {
            if (_cache.Misses(address / SectorBytes))
                counters.GlobalFetchedSectors++;
            if (touched.AddRead(_cachedAllocation, address))
                counters.GlobalUniqueLoadSectors++;
        }
        if (kind != AccessKind.Read && touched.AddWrite(_cachedAllocation, address))
            counters.GlobalUniqueStoreSectors++;
    }

    /// <summary>
    /// Lanes of one pass conflict when they want different words of one bank. 8-byte accesses pass in two halves of the warp, 16-byte ones in four.
    /// </summary>
    private void CountShared(uint mask, ulong* addresses, AccessInfo info)
    {
        Executor.Counters.SharedAccesses++;
        if (info.Kind == AccessKind.Atomic)
            Executor.Counters.Atomics += BitOperations.PopCount(mask);
        int passes = info.Bytes <= 4 ? 1 : info.Bytes / 4;
        int width = 32 / passes;
        int words = Math.Max(1, info.Bytes / 4);
        Span<int> load = stackalloc int[Banks];
        Span<ulong> seen = stackalloc ulong[32 * 4];
        for (int pass = 0; pass < passes; pass++)
        {
            load.Clear();
            int known = 0, most = 1;
            for (int lane = pass * width; lane < (pass + 1) * width; lane++)
            {
                if ((mask >> lane & 1) == 0)
                    continue;
                for (int k = 0; k < words; k++)
                {
                    ulong word = (addresses[lane] / 4) + (ulong)k;
                    if (seen[..known].Contains(word))
                        continue;
                    seen[known++] = word;
                    most = Math.Max(most, ++load[(int)(word % Banks)]);
                }
            }
            Executor.Counters.SharedBankConflicts += most - 1;
        }
    }
}
