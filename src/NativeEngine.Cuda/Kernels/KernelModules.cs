using System.Collections.Concurrent;

namespace NativeEngine.Cuda.Kernels;

/// <summary>The PTX modules that the assembly carries, one per op family.</summary>
public static class KernelModules
{
    private static readonly ConcurrentDictionary<string, string> Texts = new();

    /// <summary>The PTX text of a family, as <c>kernels/ptx/family.ptx</c>.</summary>
    public static string Text(string family) => Texts.GetOrAdd(family, Read);

    private static string Read(string family)
    {
        using var stream = typeof(KernelModules).Assembly.GetManifestResourceStream($"kernels/{family}.ptx")
            ?? throw new ArgumentException($"no kernel module named {family}; there are {string.Join(", ", KernelCatalogue.Families)}", nameof(family));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
