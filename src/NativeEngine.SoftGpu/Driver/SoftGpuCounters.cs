namespace NativeEngine.SoftGpu.Driver;

/// <summary>What programs asked of the GPU since it was made; every value only grows.</summary>
public readonly record struct SoftGpuCounters
{
    private const long SectorBytes = 32;

    /// <summary>Kernels launched by the host one by one, or recorded in a capture.</summary>
    public long Launches { get; init; }

    /// <summary>Calls of cuBLAS and cuDNN that compute.</summary>
    public long LibraryCalls { get; init; }

    /// <summary>Graphs launched.</summary>
    public long GraphLaunches { get; init; }

    /// <summary>Kernels, copies and library calls that ran inside graphs.</summary>
    public long GraphNodes { get; init; }

    /// <summary>Calls that made the host wait for the device.</summary>
    public long HostSyncs { get; init; }

    /// <summary>Device allocations.</summary>
    public long Allocations { get; init; }

    /// <summary>Allocations of pinned host memory.</summary>
    public long HostAllocations { get; init; }

    /// <summary>Bytes copied from host to device.</summary>
    public long BytesUploaded { get; init; }

    /// <summary>Bytes copied from device to host.</summary>
    public long BytesDownloaded { get; init; }

    /// <summary>Floating-point operations of cuBLAS and cuDNN calls.</summary>
    public long LibraryFlops { get; init; }

    /// <summary>Bytes cuBLAS and cuDNN calls read and write at least.</summary>
    public long LibraryBytes { get; init; }

    /// <summary>Instructions executed by all threads of kernels.</summary>
    public long ThreadInstructions { get; init; }

    /// <summary>Bytes that kernels moved, see <see cref="LaunchCounters.MovedSectors"/>; needs <see cref="SoftGpuOptions.CountMemory"/>.</summary>
    public long KernelBytes { get; init; }

    /// <summary>The sizes of what each kernel read and wrote, see <see cref="LaunchCounters.NeededSectors"/>.</summary>
    public long KernelBytesMinimum { get; init; }

    /// <summary>Adds what a launch did.</summary>
    internal SoftGpuCounters Plus(LaunchCounters launch) => this with
    {
        ThreadInstructions = ThreadInstructions + launch.ThreadInstructions,
        KernelBytes = KernelBytes + SectorBytes * launch.MovedSectors,
        KernelBytesMinimum = KernelBytesMinimum + SectorBytes * launch.NeededSectors,
    };

    /// <summary>What happened between <paramref name="start"/> and this.</summary>
    public SoftGpuCounters Since(in SoftGpuCounters start) => new()
    {
        Launches = Launches - start.Launches,
        LibraryCalls = LibraryCalls - start.LibraryCalls,
        GraphLaunches = GraphLaunches - start.GraphLaunches,
        GraphNodes = GraphNodes - start.GraphNodes,
        HostSyncs = HostSyncs - start.HostSyncs,
        Allocations = Allocations - start.Allocations,
        BytesUploaded = BytesUploaded - start.BytesUploaded,
        BytesDownloaded = BytesDownloaded - start.BytesDownloaded,
        LibraryFlops = LibraryFlops - start.LibraryFlops,
        LibraryBytes = LibraryBytes - start.LibraryBytes,
        ThreadInstructions = ThreadInstructions - start.ThreadInstructions,
        KernelBytes = KernelBytes - start.KernelBytes,
        KernelBytesMinimum = KernelBytesMinimum - start.KernelBytesMinimum,
    };
}
