namespace NativeEngine.Cuda.Kernels;

/// <summary>Every kernel of the engine.</summary>
public static class KernelCatalogue
{
    /// <summary>All kernels, family by family.</summary>
    public static IReadOnlyList<Kernel> All { get; } =
    [
        .. MemoryKernels.All, .. ElementwiseKernels.All, .. ReduceKernels.All, .. GemmKernels.All,
        .. ConvKernels.All, .. NormKernels.All, .. LossKernels.All, .. OptimKernels.All,
    ];

    /// <summary>The op families that have a module, in catalogue order.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. All.Select(k => k.Family).Distinct()];
}
