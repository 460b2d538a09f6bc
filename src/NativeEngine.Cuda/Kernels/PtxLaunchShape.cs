namespace NativeEngine.Cuda.Kernels;

/// <summary>Grid, block and dynamic shared memory of a kernel that is not in the catalogue.</summary>
public readonly record struct PtxLaunchShape(uint GridX, uint GridY, uint GridZ, uint BlockX, uint BlockY, uint BlockZ, uint SharedBytes);
