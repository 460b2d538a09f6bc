namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>The checks of all kernels, one per catalogue entry.</summary>
public static class KernelChecks
{
    /// <summary>Seed used when none is given.</summary>
    public const ulong DefaultSeed = 42;

    /// <summary>All checks, in catalogue order.</summary>
    public static IReadOnlyList<KernelCheck> All { get; } =
    [
        .. MemoryChecks.All, .. ElementwiseChecks.All, .. ReduceChecks.All, .. GemmChecks.All,
        .. ConvChecks.All, .. NormChecks.All, .. LossChecks.All, .. OptimChecks.All,
    ];

    /// <summary>The checks whose kernel is named, or begins with a name that ends in <c>*</c>, or belongs to a named family; all when no name is
    /// given.</summary>
    /// <exception cref="Core.UsageException">A name fits no kernel.</exception>
    public static IReadOnlyList<KernelCheck> Select(IReadOnlyList<string> names) => KernelNames.Select(names, All, static c => c.Kernel, "kernel");
}
