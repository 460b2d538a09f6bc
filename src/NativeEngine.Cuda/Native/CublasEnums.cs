using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>Element types of the CUDA libraries (cudaDataType_t).</summary>
public enum CudaType
{
    Float32 = 0,
    Float64 = 1,
    Float16 = 2,
    Int8 = 3,
    Int32 = 10,
    BFloat16 = 14,
}

/// <summary>What is applied to a matrix before the product (cublasOperation_t).</summary>
public enum CublasOp
{
    None = 0,
    Transpose = 1,
    ConjugateTranspose = 2,
}

/// <summary>Where alpha and beta live (cublasPointerMode_t).</summary>
public enum CublasPointerMode
{
    Host = 0,
    Device = 1,
}

/// <summary>Arithmetic allowed by a handle (cublasMath_t).</summary>
public enum CublasMath
{
    Default = 0,
    Pedantic = 2,
    Tf32TensorOp = 3,
    DisallowReducedPrecisionReduction = 16,
}

/// <summary>Arithmetic of one product (cublasComputeType_t).</summary>
public enum CublasCompute
{
    Float16 = 64,
    Float32 = 68,
    Float32Pedantic = 69,
    Float64 = 70,
    Int32 = 72,
    Float32Fast16F = 74,
    Float32Fast16BF = 75,
    Float32FastTf32 = 77,
}

/// <summary>Choice of algorithm; the library decides (cublasGemmAlgo_t).</summary>
public enum CublasGemmAlgo
{
    Default = -1,
    DefaultTensorOp = 99,
}

/// <summary>Attributes of a product description (cublasLtMatmulDescAttributes_t).</summary>
public enum CublasLtDescAttribute
{
    ComputeType = 0,
    ScaleType = 1,
    PointerMode = 2,
    TransA = 3,
    TransB = 4,
    TransC = 5,
    Epilogue = 7,
    BiasPointer = 8,
}

/// <summary>What follows the product (cublasLtEpilogue_t).</summary>
public enum CublasLtEpilogue
{
    Default = 1,
    Relu = 2,
    Bias = 4,
    ReluBias = 6,
}

/// <summary>Attributes of a matrix layout (cublasLtMatrixLayoutAttribute_t).</summary>
public enum CublasLtLayoutAttribute
{
    Type = 0,
    Order = 1,
    Rows = 2,
    Cols = 3,
    LeadingDimension = 4,
    BatchCount = 5,
    StridedBatchOffset = 6,
}

/// <summary>Attributes of a search preference (cublasLtMatmulPreferenceAttributes_t).</summary>
public enum CublasLtPreferenceAttribute
{
    SearchMode = 0,
    MaxWorkspaceBytes = 1,
    MinAlignmentA = 5,
    MinAlignmentB = 6,
    MinAlignmentC = 7,
    MinAlignmentD = 8,
}

/// <summary>An opaque algorithm of cuBLASLt (64 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public unsafe struct CublasLtAlgo
{
    /// <summary>Library-private words.</summary>
    public fixed ulong Data[8];
}

/// <summary>One answer of the cuBLASLt heuristic (96 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
public unsafe struct CublasLtHeuristicResult
{
    /// <summary>The algorithm to hand to the product.</summary>
    public CublasLtAlgo Algo;

    /// <summary>Bytes of workspace it needs.</summary>
    public nuint WorkspaceBytes;

    /// <summary>Zero when the algorithm is usable.</summary>
    public CublasStatus State;

    /// <summary>Estimated number of waves on the device.</summary>
    public float Waves;

    /// <summary>Reserved by the vendor.</summary>
    public fixed int Reserved[4];
}
