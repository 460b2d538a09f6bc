using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>Element types (cudnnDataType_t).</summary>
public enum CudnnType
{
    Float = 0,
    Double = 1,
    Half = 2,
    Int8 = 3,
    Int32 = 4,
    BFloat16 = 9,
}

/// <summary>Memory order of rank-4 tensors (cudnnTensorFormat_t).</summary>
public enum CudnnFormat
{
    Nchw = 0,
    Nhwc = 1,
}

/// <summary>Whether filters are flipped (cudnnConvolutionMode_t); deep learning means cross-correlation.</summary>
public enum CudnnConvolutionMode
{
    Convolution = 0,
    CrossCorrelation = 1,
}

/// <summary>Arithmetic of a convolution (cudnnMathType_t); <see cref="Default"/> allows TF32 on Ampere and later, <see cref="Fma"/> forbids it.</summary>
public enum CudnnMath
{
    Default = 0,
    TensorOp = 1,
    TensorOpAllowConversion = 2,
    Fma = 3,
}

/// <summary>Activations of the fused forward convolution (cudnnActivationMode_t).</summary>
public enum CudnnActivation
{
    Sigmoid = 0,
    Relu = 1,
    Tanh = 2,
    ClippedRelu = 3,
    Elu = 4,
    Identity = 5,
}

/// <summary>Forward algorithms (cudnnConvolutionFwdAlgo_t).</summary>
public enum CudnnForwardAlgo
{
    ImplicitGemm = 0,
    ImplicitPrecompGemm = 1,
    Gemm = 2,
    Direct = 3,
    Fft = 4,
    FftTiling = 5,
    Winograd = 6,
    WinogradNonfused = 7,
}

/// <summary>Backward-data algorithms (cudnnConvolutionBwdDataAlgo_t); algorithm 0 sums with atomics.</summary>
public enum CudnnBackwardDataAlgo
{
    Algo0 = 0,
    Algo1 = 1,
    Fft = 2,
    FftTiling = 3,
    Winograd = 4,
    WinogradNonfused = 5,
}

/// <summary>Backward-filter algorithms (cudnnConvolutionBwdFilterAlgo_t); algorithms 0 and 3 sum with atomics.</summary>
public enum CudnnBackwardFilterAlgo
{
    Algo0 = 0,
    Algo1 = 1,
    Fft = 2,
    Algo3 = 3,
    Winograd = 4,
    WinogradNonfused = 5,
    FftTiling = 6,
}

/// <summary>One measured or estimated algorithm (cudnnConvolution*AlgoPerf_t, 48 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public unsafe struct CudnnAlgoPerf
{
    /// <summary>Value of the direction's algorithm enum.</summary>
    public int Algo;

    /// <summary>Raw status: zero when usable.</summary>
    public int Status;

    /// <summary>Milliseconds, or -1 when not measured.</summary>
    public float Milliseconds;

    /// <summary>Workspace bytes.</summary>
    public nuint Memory;

    /// <summary>1 when the same bits come out on every run.</summary>
    public int Determinism;

    /// <summary>Arithmetic it uses.</summary>
    public CudnnMath MathType;

    /// <summary>Reserved by the vendor.</summary>
    public fixed int Reserved[3];
}
