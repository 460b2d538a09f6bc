namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>A device kernel checks run on: memory by address, and launches that are complete after <see cref="Synchronize"/>.</summary>
public interface IKernelDevice : IKernelLauncher
{
    /// <summary>The device's name in reports: <c>soft</c>, <c>cuda:0</c>, <c>host</c>.</summary>
    string Name { get; }

    /// <summary>
    /// True when the device itself finds every access outside an allocation and every read of memory that was never written, so
    /// that buffers need neither red zones nor poison.
    /// </summary>
    bool GuardsMemory { get; }

    /// <summary>Allocates device memory, aligned to at least 256 bytes.</summary>
    ulong Allocate(long bytes);

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    void Free(ulong address);

    /// <summary>Copies host bytes to the device.</summary>
    void Write(ulong address, ReadOnlySpan<byte> source);

    /// <summary>Copies device bytes to the host.</summary>
    void Read(ulong address, Span<byte> target);

    /// <summary>Waits for all launches; throws what they found wrong.</summary>
    void Synchronize();
}
