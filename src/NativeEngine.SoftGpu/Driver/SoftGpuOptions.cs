namespace NativeEngine.SoftGpu.Driver;

/// <summary>What kind of GPU the software GPU plays and how it schedules.</summary>
public sealed record SoftGpuOptions
{
    /// <summary>Seed of every scheduling choice; the same seed gives the same interleaving.</summary>
    public ulong Seed { get; init; }

    /// <summary>Device memory.</summary>
    public long MemoryBytes { get; init; } = 8L << 30;

    /// <summary>False: a device without stream-ordered memory, as a fraction of a GPU; cuMemAllocAsync is not supported.</summary>
    public bool MemoryPools { get; init; } = true;

    /// <summary>cuDriverGetVersion: 1000 * major + 10 * minor.</summary>
    public int DriverVersion { get; init; } = 12040;

    /// <summary>cudnnGetVersion: 90600 is 9.6.0, 8201 is 8.2.1; decides how status codes are numbered.</summary>
    public int CudnnVersion { get; init; } = 90600;

    /// <summary>Compute capability, major and minor.</summary>
    public (int Major, int Minor) ComputeCapability { get; init; } = (8, 0);

    /// <summary>Number of multiprocessors shown to programs.</summary>
    public int Multiprocessors { get; init; } = 16;

    /// <summary>Rounds matrix-product inputs to TF32 where the vendor's libraries may, so that results differ as they do on hardware.</summary>
    public bool EmulateTf32 { get; init; } = true;

    /// <summary>
    /// Watches kernels for reads of memory nobody wrote and for races; launches take several times as long. The first finding ends the context with
    /// CUDA_ERROR_LAUNCH_FAILED, as under a vendor's sanitizer. The default is what the variable <c>NENGINE_SOFT_SANITIZE</c> says: 1 is on.
    /// </summary>
    public bool Sanitize { get; init; } = Environment.GetEnvironmentVariable("NENGINE_SOFT_SANITIZE") is { Length: > 0 } and not "0";

    /// <summary>Told what is found wrong with a kernel, before the context ends.</summary>
    public Action<DriverFinding>? Found { get; init; }

    /// <summary>Where kernels' printing goes when the host waits for the device; null for the standard output.</summary>
    public Action<string>? Printed { get; init; }

    /// <summary>Changes the PTX of a module before it is loaded: to see what a wrong kernel does to a program.</summary>
    public Func<string, string>? ChangeKernels { get; init; }

    /// <summary>Runs blocks and warps in an order shuffled by <see cref="Seed"/>.</summary>
    public bool ShuffleKernels { get; init; }

    /// <summary>Counts the memory transactions of kernels.</summary>
    public bool CountMemory { get; init; }

    /// <summary>Host threads, 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Planned failures.</summary>
    public IReadOnlyList<InjectedFault> Faults { get; init; } = [];

    /// <summary>Convolution algorithms that give wrong numbers.</summary>
    public IReadOnlyList<WrongAlgorithm> WrongAlgorithms { get; init; } = [];

    /// <summary>Optional symbols that the driver and libraries do not have, by their field of the function tables.</summary>
    public IReadOnlyList<string> MissingSymbols { get; init; } = [];
}
