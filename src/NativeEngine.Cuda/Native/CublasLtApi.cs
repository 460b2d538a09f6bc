using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>cuBLASLt as a table of native functions: a GEMM whose epilogue (bias, ReLU) is fused.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CublasLtApi
{
    /// <summary>10000 * major + 100 * minor + patch.</summary>
    [NativeSymbol("cublasLtGetVersion", Optional = true)] public delegate* unmanaged<nuint> cublasLtGetVersion;

    [NativeSymbol("cublasLtCreate")] public delegate* unmanaged<nint*, CublasStatus> cublasLtCreate;
    [NativeSymbol("cublasLtDestroy")] public delegate* unmanaged<nint, CublasStatus> cublasLtDestroy;
    [NativeSymbol("cublasLtMatmulDescCreate")] public delegate* unmanaged<nint*, CublasCompute, CudaType, CublasStatus> cublasLtMatmulDescCreate;
    [NativeSymbol("cublasLtMatmulDescSetAttribute")]
    public delegate* unmanaged<nint, CublasLtDescAttribute, void*, nuint,
        CublasStatus> cublasLtMatmulDescSetAttribute;
    [NativeSymbol("cublasLtMatmulDescDestroy")] public delegate* unmanaged<nint, CublasStatus> cublasLtMatmulDescDestroy;
    [NativeSymbol("cublasLtMatrixLayoutCreate")] public delegate* unmanaged<nint*, CudaType, ulong, ulong, long, CublasStatus> cublasLtMatrixLayoutCreate;
    [NativeSymbol("cublasLtMatrixLayoutSetAttribute")]
    public delegate* unmanaged<nint, CublasLtLayoutAttribute, void*, nuint,
        CublasStatus> cublasLtMatrixLayoutSetAttribute;
    [NativeSymbol("cublasLtMatrixLayoutDestroy")] public delegate* unmanaged<nint, CublasStatus> cublasLtMatrixLayoutDestroy;
    [NativeSymbol("cublasLtMatmulPreferenceCreate")] public delegate* unmanaged<nint*, CublasStatus> cublasLtMatmulPreferenceCreate;
    [NativeSymbol("cublasLtMatmulPreferenceSetAttribute")]
    public delegate* unmanaged<nint, CublasLtPreferenceAttribute, void*, nuint,
        CublasStatus> cublasLtMatmulPreferenceSetAttribute;
    [NativeSymbol("cublasLtMatmulPreferenceDestroy")] public delegate* unmanaged<nint, CublasStatus> cublasLtMatmulPreferenceDestroy;

    /// <summary>Algorithms for one problem, the best first: handle, desc, A, B, C, D layouts, preference, wanted, results, found.</summary>
    [NativeSymbol("cublasLtMatmulAlgoGetHeuristic")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtHeuristicResult*, int*, CublasStatus> cublasLtMatmulAlgoGetHeuristic;

    /// <summary>D = epilogue(alpha * op(A) op(B) + beta * C).</summary>
    [NativeSymbol("cublasLtMatmul")]
    public delegate* unmanaged<nint, nint, void*, ulong, nint, ulong, nint, void*, ulong, nint, ulong, nint, CublasLtAlgo*, ulong, nuint, nint,
        CublasStatus> cublasLtMatmul;
}
