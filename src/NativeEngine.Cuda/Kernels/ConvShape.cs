using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Sizes of a convolution; see <see cref="ConvSizes"/>. Mirrors <c>ne_conv</c>.</summary>
[CudaType("ne_conv")]
public readonly record struct ConvShape(int N, int C, int H, int W, int K, int R, int S, int StrideH, int StrideW, int PadH, int PadW, int DilationH,
    int DilationW, int Groups, int P, int Q)
{
    /// <summary>The same sizes for a kernel.</summary>
    public static implicit operator ConvShape(in ConvSizes s) =>
        new(s.N, s.C, s.H, s.W, s.K, s.R, s.S, s.StrideH, s.StrideW, s.PadH, s.PadW, s.DilationH, s.DilationW, s.Groups, s.P, s.Q);
}
