using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Blas;

/// <summary>State of one cuBLAS handle.</summary>
internal sealed class SoftBlasHandle(SoftStream stream)
{
    public SoftStream Stream { get; set; } = stream;

    public CublasMath Math { get; set; }

    public CublasPointerMode PointerMode { get; set; }

    public ulong Workspace { get; set; }

    public nuint WorkspaceBytes { get; set; }
}
