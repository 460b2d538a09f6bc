namespace NativeEngine.Cuda.Kernels;

/// <summary>Device memory that a kernel writes without reading its old contents. Address 0 stands for "none" where the kernel allows it.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <param name="Address">Device address of the first element.</param>
public readonly record struct Out<T>(ulong Address) : IKernelPointer where T : unmanaged
{
    /// <summary>The memory at a device address.</summary>
    public static implicit operator Out<T>(ulong address) => new(address);
}
