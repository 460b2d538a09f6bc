namespace NativeEngine.Cuda.Kernels;

/// <summary>Device memory that a kernel only reads. Address 0 stands for "none" where the kernel allows it.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <param name="Address">Device address of the first element.</param>
public readonly record struct In<T>(ulong Address) : IKernelPointer where T : unmanaged
{
    /// <summary>The same memory for a kernel that only reads it.</summary>
    public static implicit operator In<T>(ulong address) => new(address);
}
