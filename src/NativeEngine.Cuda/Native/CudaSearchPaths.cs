namespace NativeEngine.Cuda.Native;

/// <summary>Where to look for the vendor's libraries before the system's loader is asked.</summary>
/// <param name="CudaRoot">Folder of the CUDA toolkit or of cuBLAS.</param>
/// <param name="CudnnRoot">Folder of cuDNN.</param>
/// <param name="DriverRoot">Folder or file of the driver library; normally the system's.</param>
public sealed record CudaSearchPaths(string? CudaRoot = null, string? CudnnRoot = null, string? DriverRoot = null)
{
    /// <summary>NENGINE_CUDA_PATH and NENGINE_CUDNN_PATH.</summary>
    public static CudaSearchPaths FromEnvironment() => new(
        Environment.GetEnvironmentVariable("NENGINE_CUDA_PATH"),
        Environment.GetEnvironmentVariable("NENGINE_CUDNN_PATH"),
        Environment.GetEnvironmentVariable("NENGINE_CUDA_PATH"));
}
