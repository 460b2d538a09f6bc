namespace NativeEngine.Cuda.Kernels.Benchmarks;

/// <summary>What a GPU can do at most, for roofline estimates; figures from the vendor's data sheets.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="GigabytesPerSecond">Memory bandwidth.</param>
/// <param name="Multiprocessors">Streaming multiprocessors; each issues four warp instructions per clock at most.</param>
/// <param name="Gigahertz">Boost clock.</param>
public sealed record GpuModel(string Name, double GigabytesPerSecond, int Multiprocessors, double Gigahertz)
{
    private const int ThreadInstructionsPerClock = 4 * 32;
    private const int SectorBytes = 32;

    /// <summary>Models from Volta to Hopper.</summary>
    public static IReadOnlyList<GpuModel> All { get; } =
    [
        new("T4", 320, 40, 1.59), new("V100", 900, 80, 1.53), new("A100", 1555, 108, 1.41),
        new("RTX 3090", 936, 82, 1.70), new("RTX 4090", 1008, 128, 2.52), new("H100", 3350, 132, 1.98),
    ];

    /// <summary>The least microseconds a launch can take: the larger of moving its sectors and of issuing its instructions. Caches and latencies are not in
    /// it.</summary>
    public double Microseconds(long sectors, long threadInstructions) => Math.Max(
        sectors * SectorBytes / (GigabytesPerSecond * 1e3),
        threadInstructions / (Multiprocessors * ThreadInstructionsPerClock * Gigahertz * 1e3));
}
