namespace NativeEngine.Cuda.Kernels;

/// <summary>The name of the CUDA structure that a .NET structure mirrors field by field.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class CudaTypeAttribute(string name) : Attribute
{
    /// <summary>The structure's name in <c>kernels/*.cu</c>.</summary>
    public string Name { get; } = name;
}
