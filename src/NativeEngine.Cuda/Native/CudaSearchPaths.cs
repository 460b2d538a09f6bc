namespace NativeEngine.Cuda.Native;

/// <summary>Where to look for the vendor's libraries before the system's loader is asked.</summary>
/// <param name="CudaRoot">Folder of the CUDA toolkit or of cuBLAS.</param>
/// <param name="CudnnRoot">Folder of cuDNN.</param>
/// <param name="DriverRoot">Folder or file of the driver library; normally the system's.</param>
public sealed record CudaSearchPaths(string? CudaRoot = null, string? CudnnRoot = null, string? DriverRoot = null)
{
    /// <summary>The variable that names the folder of the CUDA toolkit.</summary>
    public const string CudaVariable = "NENGINE_CUDA_PATH";

    /// <summary>The variable that names the folder of cuDNN.</summary>
    public const string CudnnVariable = "NENGINE_CUDNN_PATH";

    /// <summary>What <see cref="CudaVariable"/> and <see cref="CudnnVariable"/> say.</summary>
    public static CudaSearchPaths FromEnvironment() => new(
        Environment.GetEnvironmentVariable(CudaVariable),
        Environment.GetEnvironmentVariable(CudnnVariable),
        Environment.GetEnvironmentVariable(CudaVariable));

    /// <summary>A sentence for each path that leads to no library it was named for: the loader then takes the system's, or finds none.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Problem(CudaVariable, CudaRoot,
            [.. LibraryNames.Blas, .. LibraryNames.BlasLt, .. LibraryNames.Driver, .. string.IsNullOrEmpty(CudnnRoot) ? LibraryNames.Dnn : []]),
        .. Problem(CudnnVariable, CudnnRoot, LibraryNames.Dnn),
    ];

    private static IEnumerable<string> Problem(string variable, string? root, IReadOnlyList<string> names)
    {
        if (string.IsNullOrEmpty(root) || LibraryNames.Under(names, root).Any())
            yield break;
        string expected = $"expected the folder of an installation, with {names[0]} or another release of it in "
            + $"{string.Join(", ", LibraryNames.Folders.Select(f => f.Length == 0 ? "itself" : f))}";
        yield return !Path.Exists(root) ? $"{variable} is '{root}', but there is no such folder; {expected}"
            : File.Exists(root) ? $"{variable} is the file '{root}', which is none of the libraries; {expected}"
            : $"{variable} is '{root}', which holds none of the libraries; {expected}";
    }
}
