using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>A device behind the CUDA driver: it watches nothing and counts nothing.</summary>
internal sealed class CudaPtxDevice(CudaKernelDevice device) : IPtxDevice
{
    private const byte Poison = 0xFF; // as on the software GPU: fresh memory is no mere zeros

    private readonly List<ulong> _allocations = [];

    public ulong Allocate(long bytes, string label)
    {
        ulong address = device.Allocate(bytes);
        _allocations.Add(address);
        byte[] poison = new byte[bytes];
        poison.AsSpan().Fill(Poison);
        device.Write(address, poison);
        return address;
    }

    public void Write(ulong address, ReadOnlySpan<byte> source) => device.Write(address, source);

    public void Read(ulong address, Span<byte> target) => device.Read(address, target);

    public long FirstUnwritten(ulong address, long bytes) => -1;

    public LaunchResult Launch(PtxFile file, PtxEntry entry, PtxCase launch, byte[] parameters)
    {
        if (launch.Cooperative)
            throw new UsageException("cooperative launches need --device soft");
        Enqueue(file, entry, launch, parameters);
        device.Synchronize();
        return new LaunchResult(new LaunchCounters(), [], null);
    }

    /// <summary>Runs a kernel without waiting for it.</summary>
    public void Enqueue(PtxFile file, PtxEntry entry, PtxCase launch, byte[] parameters) => device.Launch(
        file.Text, file.Path, entry.Name, new((uint)launch.Grid.X, (uint)launch.Grid.Y, (uint)launch.Grid.Z, (uint)launch.Block.X, (uint)launch.Block.Y,
            (uint)launch.Block.Z, (uint)launch.Shared),
        parameters, [.. entry.Parameters.Select(p => p.Offset)]);

    /// <summary>Waits for everything that was enqueued.</summary>
    public void Synchronize() => device.Synchronize();

    public void Dispose()
    {
        foreach (ulong address in _allocations)
            device.Free(address);
        device.Dispose();
    }
}
