using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>cuBLAS as a table of native functions; matrices are column-major, sizes are 32-bit.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CublasApi
{
    [NativeSymbol("cublasCreate_v2")] public delegate* unmanaged<nint*, CublasStatus> cublasCreate;
    [NativeSymbol("cublasDestroy_v2")] public delegate* unmanaged<nint, CublasStatus> cublasDestroy;
    [NativeSymbol("cublasGetVersion_v2")] public delegate* unmanaged<nint, int*, CublasStatus> cublasGetVersion;

    /// <summary>A part of the version, without a handle: 0 major, 1 minor, 2 patch.</summary>
    [NativeSymbol("cublasGetProperty", Optional = true)] public delegate* unmanaged<int, int*, CublasStatus> cublasGetProperty;

    [NativeSymbol("cublasSetStream_v2")] public delegate* unmanaged<nint, nint, CublasStatus> cublasSetStream;
    [NativeSymbol("cublasSetWorkspace_v2")] public delegate* unmanaged<nint, ulong, nuint, CublasStatus> cublasSetWorkspace;
    [NativeSymbol("cublasSetMathMode")] public delegate* unmanaged<nint, CublasMath, CublasStatus> cublasSetMathMode;
    [NativeSymbol("cublasSetPointerMode_v2")] public delegate* unmanaged<nint, CublasPointerMode, CublasStatus> cublasSetPointerMode;
    [NativeSymbol("cublasSetAtomicsMode")] public delegate* unmanaged<nint, int, CublasStatus> cublasSetAtomicsMode;

    /// <summary>C = alpha * op(A) op(B) + beta * C with op(A) [m, k], op(B) [k, n], C [m, n], all column-major.</summary>
    [NativeSymbol("cublasGemmEx")]
    public delegate* unmanaged<nint, CublasOp, CublasOp, int, int, int, void*, ulong, CudaType, int, ulong, CudaType, int, void*, ulong, CudaType, int,
        CublasCompute, CublasGemmAlgo, CublasStatus> cublasGemmEx;

    /// <summary>The same product for a batch of matrices at a fixed distance.</summary>
    [NativeSymbol("cublasGemmStridedBatchedEx")]
    public delegate* unmanaged<nint, CublasOp, CublasOp, int, int, int, void*, ulong, CudaType, int, long, ulong, CudaType, int, long, void*, ulong, CudaType,
        int, long, int, CublasCompute, CublasGemmAlgo, CublasStatus> cublasGemmStridedBatchedEx;
}
