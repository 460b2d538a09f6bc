using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cuda.Kernels.Benchmarks;

/// <summary>A kernel at a size that training meets: what <c>kernels bench</c> measures.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Size">Its sizes in words.</param>
/// <param name="MinimumBytes">Bytes that must move to and from memory however the kernel is written.</param>
/// <param name="Prepare">Makes the buffers and returns the launch.</param>
public sealed record KernelWorkload(Kernel Kernel, string Size, long MinimumBytes, Func<KernelCheckRun, Action> Prepare)
{
    /// <summary>The entry's name.</summary>
    public string Name => Kernel.Entry;
}
