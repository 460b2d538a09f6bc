using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>Descriptors, algorithm and workspace of one pass of one convolution.</summary>
internal sealed class ConvPlan
{
    public nint X { get; init; }

    public nint W { get; init; }

    public nint Y { get; init; }

    public nint Bias { get; init; }

    public nint Conv { get; init; }

    /// <summary>The vendor's number of the chosen algorithm; -1 when none takes the problem and the engine's kernels do.</summary>
    public int Algo { get; set; } = -1;

    public long WorkspaceBytes { get; set; }

    /// <summary>Why no algorithm was taken, or null.</summary>
    public string? Refusal { get; set; }

    public void Destroy(in CudnnApi dnn)
    {
        unsafe
        {
            _ = dnn.cudnnDestroyTensorDescriptor(X);
            _ = dnn.cudnnDestroyFilterDescriptor(W);
            _ = dnn.cudnnDestroyTensorDescriptor(Y);
            _ = dnn.cudnnDestroyTensorDescriptor(Bias);
            _ = dnn.cudnnDestroyConvolutionDescriptor(Conv);
        }
    }
}

/// <summary>What decides a plan: the sizes, the pass, whether a bias is folded in, and how far the addresses are aligned.</summary>
internal readonly record struct ConvPlanKey(ConvPass Pass, ConvSizes Sizes, bool Bias, int Alignment);
