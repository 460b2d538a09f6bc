using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Blas;
using NativeEngine.SoftGpu.Dnn;

namespace NativeEngine.SoftGpu.Driver;

internal static unsafe partial class SoftTables
{
    private static CublasApi BlasTable() => new()
    {
        cublasCreate = &SoftBlas.Create,
        cublasDestroy = &SoftBlas.Destroy,
        cublasGetVersion = &SoftBlas.GetVersion,
        cublasGetProperty = &SoftBlas.GetProperty,
        cublasSetStream = &SoftBlas.SetStream,
        cublasSetWorkspace = &SoftBlas.SetWorkspace,
        cublasSetMathMode = &SoftBlas.SetMathMode,
        cublasSetPointerMode = &SoftBlas.SetPointerMode,
        cublasSetAtomicsMode = &SoftBlas.SetAtomicsMode,
        cublasGemmEx = &SoftBlas.Gemm,
        cublasGemmStridedBatchedEx = &SoftBlas.GemmStridedBatched,
    };

    private static CublasLtApi BlasLtTable() => new()
    {
        cublasLtGetVersion = &SoftBlasLt.GetVersion,
        cublasLtCreate = &SoftBlasLt.Create,
        cublasLtDestroy = &SoftBlasLt.Destroy,
        cublasLtMatmulDescCreate = &SoftBlasLt.DescCreate,
        cublasLtMatmulDescSetAttribute = &SoftBlasLt.DescSet,
        cublasLtMatmulDescDestroy = &SoftBlasLt.DescDestroy,
        cublasLtMatrixLayoutCreate = &SoftBlasLt.LayoutCreate,
        cublasLtMatrixLayoutSetAttribute = &SoftBlasLt.LayoutSet,
        cublasLtMatrixLayoutDestroy = &SoftBlasLt.LayoutDestroy,
        cublasLtMatmulPreferenceCreate = &SoftBlasLt.PreferenceCreate,
        cublasLtMatmulPreferenceSetAttribute = &SoftBlasLt.PreferenceSet,
        cublasLtMatmulPreferenceDestroy = &SoftBlasLt.PreferenceDestroy,
        cublasLtMatmulAlgoGetHeuristic = &SoftBlasLt.GetHeuristic,
        cublasLtMatmul = &SoftBlasLt.Matmul,
    };

    private static CudnnApi DnnTable() => new()
    {
        cudnnGetVersion = &SoftDnn.GetVersion,
        cudnnGetCudartVersion = &SoftDnn.GetCudartVersion,
        cudnnGetErrorString = &SoftDnn.GetErrorString,
        cudnnGetLastErrorString = &SoftDnn.GetLastErrorString,
        cudnnCreate = &SoftDnn.Create,
        cudnnDestroy = &SoftDnn.Destroy,
        cudnnSetStream = &SoftDnn.SetStream,
        cudnnCreateTensorDescriptor = &SoftDnn.CreateTensor,
        cudnnSetTensor4dDescriptor = &SoftDnn.SetTensor,
        cudnnSetTensor4dDescriptorEx = &SoftDnn.SetTensorStrided,
        cudnnDestroyTensorDescriptor = &SoftDnn.DestroyTensor,
        cudnnCreateFilterDescriptor = &SoftDnn.CreateFilter,
        cudnnSetFilter4dDescriptor = &SoftDnn.SetFilter,
        cudnnDestroyFilterDescriptor = &SoftDnn.DestroyFilter,
        cudnnCreateConvolutionDescriptor = &SoftDnn.CreateConvolution,
        cudnnSetConvolution2dDescriptor = &SoftDnn.SetConvolution,
        cudnnSetConvolutionMathType = &SoftDnn.SetMathType,
        cudnnSetConvolutionGroupCount = &SoftDnn.SetGroupCount,
        cudnnGetConvolution2dForwardOutputDim = &SoftDnn.GetOutputDim,
        cudnnDestroyConvolutionDescriptor = &SoftDnn.DestroyConvolution,
        cudnnCreateActivationDescriptor = &SoftDnn.CreateActivation,
        cudnnSetActivationDescriptor = &SoftDnn.SetActivation,
        cudnnDestroyActivationDescriptor = &SoftDnn.DestroyActivation,
        cudnnGetConvolutionForwardAlgorithm = &SoftDnn.GetForwardAlgorithm,
        cudnnGetConvolutionBackwardDataAlgorithm = &SoftDnn.GetBackwardDataAlgorithm,
        cudnnGetConvolutionBackwardFilterAlgorithm = &SoftDnn.GetBackwardFilterAlgorithm,
        cudnnFindConvolutionForwardAlgorithmEx = &SoftDnn.FindForwardAlgorithm,
        cudnnFindConvolutionBackwardDataAlgorithmEx = &SoftDnn.FindBackwardDataAlgorithm,
        cudnnFindConvolutionBackwardFilterAlgorithmEx = &SoftDnn.FindBackwardFilterAlgorithm,
        cudnnGetConvolutionForwardWorkspaceSize = &SoftDnn.GetForwardWorkspace,
        cudnnGetConvolutionBackwardDataWorkspaceSize = &SoftDnn.GetBackwardDataWorkspace,
        cudnnGetConvolutionBackwardFilterWorkspaceSize = &SoftDnn.GetBackwardFilterWorkspace,
        cudnnConvolutionForward = &SoftDnn.Forward,
        cudnnConvolutionBackwardData = &SoftDnn.BackwardData,
        cudnnConvolutionBackwardFilter = &SoftDnn.BackwardFilter,
        cudnnConvolutionBackwardBias = &SoftDnn.BackwardBias,
        cudnnConvolutionBiasActivationForward = &SoftDnn.BiasActivationForward,
    };
}
