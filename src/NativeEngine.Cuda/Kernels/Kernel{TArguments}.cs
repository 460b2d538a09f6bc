using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Kernels;

/// <summary>A kernel with its typed argument structure.</summary>
/// <typeparam name="TArguments">The kernel's parameters in order.</typeparam>
public sealed class Kernel<TArguments> : Kernel where TArguments : unmanaged
{
    internal Kernel(string family, string entry, int sharedBytes = 0)
        : base(family, entry, sharedBytes, KernelArguments<TArguments>.Parameters)
    {
    }

    /// <summary>
    /// Writes the address of every argument to <paramref name="pointers"/>, as <c>cuLaunchKernel</c> takes them.
    /// <paramref name="arguments"/> must not move while they are used.
    /// </summary>
    public unsafe void Pack(TArguments* arguments, Span<nint> pointers)
    {
        for (int i = 0; i < Parameters.Count; i++)
            pointers[i] = (nint)((byte*)arguments + Parameters[i].Offset);
    }

    /// <summary>The arguments as one parameter buffer: the structure is laid out like it, only its trailing padding does not belong to it.</summary>
    public ReadOnlySpan<byte> Bytes(in TArguments arguments)
    {
        var last = Parameters[^1];
        return MemoryMarshal.AsBytes(new ReadOnlySpan<TArguments>(in arguments))[..(last.Offset + last.Size)];
    }
}
