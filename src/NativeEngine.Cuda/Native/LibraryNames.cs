using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>File names of the vendor libraries, newest release first.</summary>
public static class LibraryNames
{
    /// <summary>The driver.</summary>
    public static IReadOnlyList<string> Driver { get; } = OnWindows ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"];

    /// <summary>cuBLASLt, which cuBLAS itself needs on the loader path.</summary>
    public static IReadOnlyList<string> BlasLt { get; } = Versioned("cublasLt64_{0}.dll", "libcublasLt.so.{0}", 13, 12, 11);

    /// <summary>cuBLAS.</summary>
    public static IReadOnlyList<string> Blas { get; } = Versioned("cublas64_{0}.dll", "libcublas.so.{0}", 13, 12, 11);

    /// <summary>cuDNN.</summary>
    public static IReadOnlyList<string> Dnn { get; } = Versioned("cudnn64_{0}.dll", "libcudnn.so.{0}", 9, 8);

    /// <summary>
    /// The same names, those that the driver is too old for last: a computer may hold the libraries of several CUDA releases, and one for a newer
    /// CUDA than the driver's cannot be used.
    /// </summary>
    /// <param name="names">File names of cuBLAS or cuBLASLt.</param>
    /// <param name="driverVersion">cuDriverGetVersion, or 0 when there is no driver.</param>
    public static IReadOnlyList<string> For(IReadOnlyList<string> names, int driverVersion) =>
        driverVersion == 0 ? names : [.. names.OrderBy(name => Release(name) > driverVersion / 1000)];

    private static int Release(string name) =>
        int.Parse(new string([.. Path.GetFileName(name).Replace("64_", ".").Split('.').Last(static part => part.Length > 0 && part.All(char.IsAsciiDigit))]),
            System.Globalization.CultureInfo.InvariantCulture);

    private static bool OnWindows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    /// <summary>What to try for <paramref name="names"/>: first as files under the folders of <paramref name="root"/>, then by the system's loader.</summary>
    /// <param name="names">File names, the preferred one first.</param>
    /// <param name="root">An installation folder (NENGINE_CUDA_PATH, NENGINE_CUDNN_PATH), a path of a library file, or null.</param>
    public static IEnumerable<string> Candidates(IReadOnlyList<string> names, string? root)
    {
        foreach (string path in Under(names, root))
            yield return path;
        foreach (var name in names)
            yield return name;
    }

    /// <summary>The files of these names that are at or under <paramref name="root"/>.</summary>
    internal static IEnumerable<string> Under(IReadOnlyList<string> names, string? root)
    {
        if (string.IsNullOrEmpty(root))
            yield break;
        if (File.Exists(root) && names.Contains(Path.GetFileName(root)))
            yield return root;
        foreach (var name in names)
            foreach (var folder in Folders)
                if (Path.Combine(root, folder, name) is var path && File.Exists(path))
                    yield return path;
    }

    /// <summary>Where libraries lie in an installation; the first is the folder itself.</summary>
    internal static IReadOnlyList<string> Folders { get; } = OnWindows ? ["", "bin", "bin/x64", "lib/x64"]
        : ["", "lib64", "lib", "lib/x86_64-linux-gnu", "targets/x86_64-linux/lib"];

    private static string[] Versioned(string windows, string unix, params int[] releases) =>
        Array.ConvertAll(releases, release => string.Format(System.Globalization.CultureInfo.InvariantCulture, OnWindows ? windows : unix, release));
}
