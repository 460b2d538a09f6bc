using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>A device that runs kernels of any PTX file.</summary>
internal interface IPtxDevice : IDisposable
{
    /// <summary>Allocates memory; <paramref name="label"/> names it in findings.</summary>
    ulong Allocate(long bytes, string label);

    void Write(ulong address, ReadOnlySpan<byte> source);

    void Read(ulong address, Span<byte> target);

    /// <summary>Offset of the first byte that was never written, -1 where there is none or the device does not know.</summary>
    long FirstUnwritten(ulong address, long bytes);

    /// <summary>Runs a kernel to its end. Counters are zeros on hardware.</summary>
    /// <param name="file">The PTX.</param>
    /// <param name="entry">The kernel.</param>
    /// <param name="launch">Grid, block, shared memory.</param>
    /// <param name="parameters">The parameter buffer.</param>
    LaunchResult Launch(PtxFile file, PtxEntry entry, PtxCase launch, byte[] parameters);
}
