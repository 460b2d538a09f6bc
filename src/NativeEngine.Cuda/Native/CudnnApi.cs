using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>The convolution part of cuDNN's legacy API as a table of native functions; the signatures are the same in release 8 and release 9.</summary>
/// <remarks>
/// Statuses are raw integers because release 9 renumbered them (see <see cref="CudnnStatus"/>). Tensor descriptors take
/// (format, type, dims), filter descriptors (type, format, dims); NHWC filters are KRSC in memory while the dims are still given as k, c, h, w.
/// alpha and beta are host pointers to float.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CudnnApi
{
    [NativeSymbol("cudnnGetVersion")] public delegate* unmanaged<nuint> cudnnGetVersion;
    [NativeSymbol("cudnnGetCudartVersion")] public delegate* unmanaged<nuint> cudnnGetCudartVersion;
    [NativeSymbol("cudnnGetErrorString")] public delegate* unmanaged<int, byte*> cudnnGetErrorString;
    [NativeSymbol("cudnnGetLastErrorString", Optional = true)] public delegate* unmanaged<byte*, nuint, void> cudnnGetLastErrorString;
    [NativeSymbol("cudnnCreate")] public delegate* unmanaged<nint*, int> cudnnCreate;
    [NativeSymbol("cudnnDestroy")] public delegate* unmanaged<nint, int> cudnnDestroy;
    [NativeSymbol("cudnnSetStream")] public delegate* unmanaged<nint, nint, int> cudnnSetStream;

    [NativeSymbol("cudnnCreateTensorDescriptor")] public delegate* unmanaged<nint*, int> cudnnCreateTensorDescriptor;
    [NativeSymbol("cudnnSetTensor4dDescriptor")] public delegate* unmanaged<nint, CudnnFormat, CudnnType, int, int, int, int, int> cudnnSetTensor4dDescriptor;
    [NativeSymbol("cudnnSetTensor4dDescriptorEx")]
    public delegate* unmanaged<nint, CudnnType, int, int, int, int, int, int, int, int,
        int> cudnnSetTensor4dDescriptorEx;
    [NativeSymbol("cudnnDestroyTensorDescriptor")] public delegate* unmanaged<nint, int> cudnnDestroyTensorDescriptor;
    [NativeSymbol("cudnnCreateFilterDescriptor")] public delegate* unmanaged<nint*, int> cudnnCreateFilterDescriptor;
    [NativeSymbol("cudnnSetFilter4dDescriptor")] public delegate* unmanaged<nint, CudnnType, CudnnFormat, int, int, int, int, int> cudnnSetFilter4dDescriptor;
    [NativeSymbol("cudnnDestroyFilterDescriptor")] public delegate* unmanaged<nint, int> cudnnDestroyFilterDescriptor;
    [NativeSymbol("cudnnCreateConvolutionDescriptor")] public delegate* unmanaged<nint*, int> cudnnCreateConvolutionDescriptor;
    [NativeSymbol("cudnnSetConvolution2dDescriptor")]
    public delegate* unmanaged<nint, int, int, int, int, int, int, CudnnConvolutionMode, CudnnType,
        int> cudnnSetConvolution2dDescriptor;
    [NativeSymbol("cudnnSetConvolutionMathType")] public delegate* unmanaged<nint, CudnnMath, int> cudnnSetConvolutionMathType;
    [NativeSymbol("cudnnSetConvolutionGroupCount")] public delegate* unmanaged<nint, int, int> cudnnSetConvolutionGroupCount;
    [NativeSymbol("cudnnGetConvolution2dForwardOutputDim")]
    public delegate* unmanaged<nint, nint, nint, int*, int*, int*, int*,
        int> cudnnGetConvolution2dForwardOutputDim;
    [NativeSymbol("cudnnDestroyConvolutionDescriptor")] public delegate* unmanaged<nint, int> cudnnDestroyConvolutionDescriptor;
    [NativeSymbol("cudnnCreateActivationDescriptor")] public delegate* unmanaged<nint*, int> cudnnCreateActivationDescriptor;
    [NativeSymbol("cudnnSetActivationDescriptor")] public delegate* unmanaged<nint, CudnnActivation, int, double, int> cudnnSetActivationDescriptor;
    [NativeSymbol("cudnnDestroyActivationDescriptor")] public delegate* unmanaged<nint, int> cudnnDestroyActivationDescriptor;

    [NativeSymbol("cudnnGetConvolutionForwardAlgorithm_v7")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, int, int*, CudnnAlgoPerf*,
        int> cudnnGetConvolutionForwardAlgorithm;
    [NativeSymbol("cudnnGetConvolutionBackwardDataAlgorithm_v7")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, int, int*, CudnnAlgoPerf*,
        int> cudnnGetConvolutionBackwardDataAlgorithm;
    [NativeSymbol("cudnnGetConvolutionBackwardFilterAlgorithm_v7")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, int, int*, CudnnAlgoPerf*,
        int> cudnnGetConvolutionBackwardFilterAlgorithm;
    [NativeSymbol("cudnnFindConvolutionForwardAlgorithmEx")]
    public delegate* unmanaged<nint, nint, ulong, nint, ulong, nint, nint, ulong, int, int*,
        CudnnAlgoPerf*, ulong, nuint, int> cudnnFindConvolutionForwardAlgorithmEx;
    [NativeSymbol("cudnnFindConvolutionBackwardDataAlgorithmEx")]
    public delegate* unmanaged<nint, nint, ulong, nint, ulong, nint, nint, ulong, int, int*,
        CudnnAlgoPerf*, ulong, nuint, int> cudnnFindConvolutionBackwardDataAlgorithmEx;
    [NativeSymbol("cudnnFindConvolutionBackwardFilterAlgorithmEx")]
    public delegate* unmanaged<nint, nint, ulong, nint, ulong, nint, nint, ulong, int, int*,
        CudnnAlgoPerf*, ulong, nuint, int> cudnnFindConvolutionBackwardFilterAlgorithmEx;
    [NativeSymbol("cudnnGetConvolutionForwardWorkspaceSize")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, int, nuint*,
        int> cudnnGetConvolutionForwardWorkspaceSize;
    [NativeSymbol("cudnnGetConvolutionBackwardDataWorkspaceSize")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, int, nuint*,
        int> cudnnGetConvolutionBackwardDataWorkspaceSize;
    [NativeSymbol("cudnnGetConvolutionBackwardFilterWorkspaceSize")]
    public delegate* unmanaged<nint, nint, nint, nint, nint, int, nuint*,
        int> cudnnGetConvolutionBackwardFilterWorkspaceSize;

    /// <summary>y = alpha * conv(x, w) + beta * y: handle, alpha, xDesc, x, wDesc, w, conv, algo, workspace, bytes, beta, yDesc, y.</summary>
    [NativeSymbol("cudnnConvolutionForward")]
    public delegate* unmanaged<nint, float*, nint, ulong, nint, ulong, nint, int, ulong, nuint, float*, nint, ulong, int> cudnnConvolutionForward;

    /// <summary>dx = alpha * convT(dy, w) + beta * dx: handle, alpha, wDesc, w, dyDesc, dy, conv, algo, workspace, bytes, beta, dxDesc, dx.</summary>
    [NativeSymbol("cudnnConvolutionBackwardData")]
    public delegate* unmanaged<nint, float*, nint, ulong, nint, ulong, nint, int, ulong, nuint, float*, nint, ulong, int> cudnnConvolutionBackwardData;

    /// <summary>dw = alpha * grad(x, dy) + beta * dw: handle, alpha, xDesc, x, dyDesc, dy, conv, algo, workspace, bytes, beta, dwDesc, dw.</summary>
    [NativeSymbol("cudnnConvolutionBackwardFilter")]
    public delegate* unmanaged<nint, float*, nint, ulong, nint, ulong, nint, int, ulong, nuint, float*, nint, ulong, int> cudnnConvolutionBackwardFilter;

    /// <summary>db = alpha * sum over n, h, w of dy + beta * db: handle, alpha, dyDesc, dy, beta, dbDesc, db.</summary>
    [NativeSymbol("cudnnConvolutionBackwardBias")]
    public delegate* unmanaged<nint, float*, nint, ulong, float*, nint, ulong, int> cudnnConvolutionBackwardBias;

    /// <summary>y = act(alpha1 * conv(x, w) + alpha2 * z + bias); the identity activation is only taken with algorithm 1.</summary>
    [NativeSymbol("cudnnConvolutionBiasActivationForward")]
    public delegate* unmanaged<nint, float*, nint, ulong, nint, ulong, nint, int, ulong, nuint, float*, nint, ulong, nint, ulong, nint, nint, ulong,
        int> cudnnConvolutionBiasActivationForward;
}
