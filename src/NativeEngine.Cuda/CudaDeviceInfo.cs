namespace NativeEngine.Cuda;

/// <summary>What a device is.</summary>
/// <param name="Model">The vendor's product name.</param>
/// <param name="ComputeMajor">Compute capability, major.</param>
/// <param name="ComputeMinor">Compute capability, minor.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="MemoryBytes">Device memory.</param>
public sealed record CudaDeviceInfo(string Model, int ComputeMajor, int ComputeMinor, int Multiprocessors, long MemoryBytes);
