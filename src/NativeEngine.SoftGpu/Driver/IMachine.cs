using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>The part of a machine the driver needs: device memory at host addresses, and programs. A seam, so that the driver is tested without PTX.</summary>
internal interface IMachine : IDisposable
{
    /// <summary>A block of <paramref name="bytes"/> bytes, aligned to 256; its contents are undefined.</summary>
    ulong Allocate(long bytes);

    /// <summary>Ends the life of a block; the machine may keep it quarantined to catch late uses.</summary>
    /// <returns>What was found wrong with it, or null.</returns>
    string? Free(ulong address);

    /// <summary>The host (or a library) wrote these bytes.</summary>
    void MarkWritten(ulong address, long bytes);

    /// <summary>Copies bytes: what was uninitialised stays uninitialised.</summary>
    void Copy(ulong target, ulong source, long bytes);

    /// <summary>True when every byte was written before.</summary>
    bool IsInitialized(ulong address, long bytes);

    /// <summary>Compiles PTX.</summary>
    /// <exception cref="PtxException">It is not valid.</exception>
    IProgram Load(string ptx, string name);
}

/// <summary>A loaded PTX module.</summary>
internal interface IProgram : IDisposable
{
    /// <summary>Entry <paramref name="name"/>, or null.</summary>
    /// <exception cref="PtxException">It uses a function that cannot be executed.</exception>
    IKernel? FindKernel(string name);

    /// <summary>Address and size of module variable <paramref name="name"/>, or null.</summary>
    (ulong Address, long Bytes)? FindGlobal(string name);
}

/// <summary>One entry of a module.</summary>
internal interface IKernel
{
    /// <summary>Entry name.</summary>
    string Name { get; }

    /// <summary>Offset and size of every parameter in the parameter buffer.</summary>
    IReadOnlyList<(int Offset, int Bytes)> Parameters { get; }

    /// <summary>Size of the parameter buffer.</summary>
    int ParameterBytes { get; }

    /// <summary>The .maxntid product, or 1024.</summary>
    int MaxThreads { get; }

    /// <summary>Static shared memory.</summary>
    int SharedBytes { get; }

    /// <summary>Local memory per thread.</summary>
    int LocalBytes { get; }

    /// <summary>Runs every block; findings of the sanitizers are the machine's own.</summary>
    /// <returns>Success, or the sticky status a GPU would end in, with a sentence.</returns>
    KernelOutcome Run(Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters);
}

/// <summary>How a launch ended.</summary>
/// <param name="Status">The driver status.</param>
/// <param name="Message">What went wrong, or null.</param>
/// <param name="Read">Addresses inside the allocations it read.</param>
/// <param name="Written">Addresses inside the allocations it wrote.</param>
internal readonly record struct KernelOutcome(CuResult Status, string? Message, IReadOnlyCollection<ulong> Read, IReadOnlyCollection<ulong> Written)
{
    /// <summary>What the sanitizers found.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What the kernel printed.</summary>
    public string Output { get; init; } = "";

    /// <summary>Exact counts, or null.</summary>
    public LaunchCounters? Counters { get; init; }
}
