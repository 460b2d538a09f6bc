namespace NativeEngine.SoftGpu.Driver;

/// <summary>The memory traffic of one kernel, summed over its launches; needs <see cref="SoftGpuOptions.CountMemory"/>.</summary>
/// <param name="Launches">How often it ran.</param>
/// <param name="Bytes">What it moved, see <see cref="LaunchCounters.MovedSectors"/>.</param>
/// <param name="BytesMinimum">The sizes of what it read and wrote, see <see cref="LaunchCounters.NeededSectors"/>.</param>
public readonly record struct KernelTraffic(long Launches, long Bytes, long BytesMinimum)
{
    private const long SectorBytes = 32;

    /// <summary>Traffic over the least there can be.</summary>
    public double Ratio => BytesMinimum == 0 ? 1 : (double)Bytes / BytesMinimum;

    internal KernelTraffic Plus(LaunchCounters launch) =>
        new(Launches + 1, Bytes + SectorBytes * launch.MovedSectors, BytesMinimum + SectorBytes * launch.NeededSectors);

    /// <summary>The traffic between two moments, for the kernels that ran.</summary>
    public static IReadOnlyDictionary<string,
        KernelTraffic> Between(IReadOnlyDictionary<string, KernelTraffic> before, IReadOnlyDictionary<string, KernelTraffic> after) =>
        after.Select(k => (k.Key, Start: before.GetValueOrDefault(k.Key), End: k.Value)).Where(k => k.End.Launches > k.Start.Launches)
            .ToDictionary(k => k.Key,
                k => new KernelTraffic(k.End.Launches - k.Start.Launches, k.End.Bytes - k.Start.Bytes, k.End.BytesMinimum - k.Start.BytesMinimum));
}
