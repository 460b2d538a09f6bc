using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>How a person names kernels: by entry, by family, or by the beginning of entries, ending in <c>*</c>.</summary>
public static class KernelNames
{
    /// <summary>What the names select, in the order of <paramref name="all"/>; all when no name is given.</summary>
    /// <param name="names">Entries, families, or beginnings ending in <c>*</c>.</param>
    /// <param name="all">What there is, one or more for a kernel.</param>
    /// <param name="kernel">The kernel of one of them.</param>
    /// <param name="what">What they are, for the error: <c>kernel</c>, <c>workload</c>.</param>
    /// <exception cref="UsageException">A name selects nothing; the message has the nearest one.</exception>
    public static IReadOnlyList<T> Select<T>(IReadOnlyList<string> names, IReadOnlyList<T> all, Func<T, Kernel> kernel, string what)
    {
        foreach (string name in names)
            if (!all.Any(item => Fits(kernel(item), name)))
                throw new UsageException(
                    $"no {what} is named {name}{NearestName.Suggest(name, all.SelectMany(item => new[] { kernel(item).Entry, kernel(item).Family }))}; "
                        + "'nengine kernels list' shows all kernels, and a family name or a prefix with * selects several");
        return names.Count == 0 ? all : [.. all.Where(item => names.Any(name => Fits(kernel(item), name)))];
    }

    private static bool Fits(Kernel kernel, string name) =>
        kernel.Entry == name || kernel.Family == name || name.EndsWith('*') && kernel.Entry.StartsWith(name[..^1], StringComparison.Ordinal);
}
