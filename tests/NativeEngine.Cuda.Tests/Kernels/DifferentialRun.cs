using System.Runtime.InteropServices;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>
/// Runs every launch of a check twice on the same memory: the PTX on the software GPU, then the source as host code. Both
/// must leave the same bits; a device address of the software GPU is a host address, so the arguments serve both.
/// </summary>
internal sealed class DifferentialRun(SoftKernelDevice soft, HostKernelDevice host, ulong seed) : KernelCheckRun(soft, seed)
{
    /// <summary>Floats and words compared so far.</summary>
    public long Compared { get; private set; }

    protected override void Execute<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments)
    {
        var before = Snapshot();
        base.Execute(kernel, shape, arguments);
        Device.Synchronize();
        var bySoft = Snapshot();
        for (int i = 0; i < Buffers.Count; i++)
            Device.Write(Buffers[i].Address, before[i]);
        host.Launch(kernel, shape, arguments);
        var byHost = Snapshot();
        for (int i = 0; i < Buffers.Count; i++)
            Compare(kernel, Buffers[i], bySoft[i], byHost[i]);
    }

    private byte[][] Snapshot() => [.. Buffers.Select(buffer =>
    {
        var bytes = new byte[buffer.Bytes];
        Device.Read(buffer.Address, bytes);
        return bytes;
    })];

    private void Compare(Kernel kernel, CheckBuffer buffer, byte[] bySoft, byte[] byHost)
    {
        Compared += bySoft.Length / 4;
        if (bySoft.AsSpan().SequenceEqual(byHost))
            return;
        if (buffer is not CheckBuffer<float>)
            throw new KernelMismatchException($"{kernel.Entry}: {buffer.Name} differs between PTX and host code");
        // The bits of a NaN are no part of the contract: x86 and GPUs differ there.
        ReadOnlySpan<float> a = MemoryMarshal.Cast<byte, float>(bySoft.AsSpan()), b = MemoryMarshal.Cast<byte, float>(byHost.AsSpan());
        for (int i = 0; i < a.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(a[i]) != BitConverter.SingleToInt32Bits(b[i]) && !(float.IsNaN(a[i]) && float.IsNaN(b[i])))
                throw new KernelMismatchException($"{kernel.Entry}: {buffer.Name}[{i}] is {a[i]:R} by the PTX and {b[i]:R} by the host code");
        }
    }
}
