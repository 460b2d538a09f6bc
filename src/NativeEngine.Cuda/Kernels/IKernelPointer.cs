namespace NativeEngine.Cuda.Kernels;

/// <summary>A typed device pointer in a kernel's argument list.</summary>
public interface IKernelPointer
{
    /// <summary>Device address of the first element; 0 for none.</summary>
    ulong Address { get; }
}
