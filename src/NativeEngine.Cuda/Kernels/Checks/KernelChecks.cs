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

    /// <summary>The checks whose kernel is named, or begins with a name that ends in <c>*</c>, or belongs to a named family; all when no name is given.</summary>
    /// <exception cref="Core.UsageException">A name fits no kernel.</exception>
    public static IReadOnlyList<KernelCheck> Select(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return All;
        foreach (string name in names)
        {
            if (!All.Any(c => Fits(c.Kernel, name)))
                throw new Core.UsageException($"no kernel is named {name}; 'nengine kernels list' shows all, and a family name or a prefix with * selects several");
        }

        return [.. All.Where(c => names.Any(n => Fits(c.Kernel, n)))];
    }

    private static bool Fits(Kernel kernel, string name) =>
        kernel.Entry == name || kernel.Family == name || name.EndsWith('*') && kernel.Entry.StartsWith(name[..^1], StringComparison.Ordinal);
}
