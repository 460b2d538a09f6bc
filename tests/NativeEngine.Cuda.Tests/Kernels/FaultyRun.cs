using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>Runs a check with one kernel made wrong on purpose.</summary>
internal sealed class FaultyRun(IKernelDevice device, ulong seed, Kernel target, KernelFault fault) : KernelCheckRun(device, seed)
{
    protected override void Execute<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments)
    {
        if (kernel != target)
        {
            base.Execute(kernel, shape, arguments);
            return;
        }

        if (fault is not (KernelFault.Zeros or KernelFault.Nothing))
            base.Execute(kernel, shape, arguments);
        if (fault == KernelFault.Nothing)
            return;
        var image = MemoryMarshal.AsBytes(new ReadOnlySpan<TArguments>(in arguments));
        var written = Written(kernel, image);
        switch (fault)
        {
            case KernelFault.Zeros:
                foreach (var buffer in written)
                    Device.Write(buffer.Address, new byte[buffer.Bytes]);
                break;
            case KernelFault.SlightlyOff:
                foreach (var buffer in written)
                    ScaleUp(buffer);
                break;
            case KernelFault.Overrun:
                Device.Write(written[^1].Address + (ulong)written[^1].Bytes, [0]);
                break;
            case KernelFault.ChangesInput:
                if (Buffers.FirstOrDefault(b => b.ReadOnly && b.Bytes > 0) is { } input) // a case may have only empty inputs
                    Device.Write(input.Address, [(byte)(input.Initial[0] + 1)]);
                break;
        }
    }

    // The buffers behind the pointers a kernel may write through, and those in an optimizer's table.
    private List<CheckBuffer> Written(Kernel kernel, ReadOnlySpan<byte> arguments)
    {
        var addresses = new List<ulong>();
        foreach (var parameter in kernel.Parameters)
        {
            if (parameter.TypeName.EndsWith('*') && !parameter.TypeName.StartsWith("const", StringComparison.Ordinal))
                addresses.Add(MemoryMarshal.Read<ulong>(arguments[parameter.Offset..]));
        }

        var found = Buffers.Where(b => addresses.Contains(b.Address)).ToList();
        return found.Count > 0 ? found : [.. Buffers.Where(b => !b.ReadOnly && b.Bytes > 0)];
    }

    private void ScaleUp(CheckBuffer buffer)
    {
        var bytes = new byte[buffer.Bytes];
        Device.Read(buffer.Address, bytes);
        if (buffer is CheckBuffer<float>)
            Scale<float>(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()), v => v * 1.001f);
        if (buffer is CheckBuffer<double>)
            Scale<double>(MemoryMarshal.Cast<byte, double>(bytes.AsSpan()), v => v * 1.001);
        Device.Write(buffer.Address, bytes);
    }

    private static void Scale<T>(Span<T> values, Func<T, T> scale) where T : unmanaged
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = scale(values[i]);
    }
}
