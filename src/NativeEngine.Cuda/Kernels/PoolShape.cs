using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Sizes of a pooling; see <see cref="PoolSizes"/>. Mirrors <c>ne_pool</c>.</summary>
[CudaType("ne_pool")]
public readonly record struct PoolShape(int N, int C, int H, int W, int R, int S, int StrideH, int StrideW, int PadH, int PadW, int P, int Q, int Adaptive,
    int CountIncludePad)
{
    /// <summary>The same sizes for a kernel.</summary>
    public static implicit operator PoolShape(in PoolSizes s) =>
        new(s.N, s.C, s.H, s.W, s.R, s.S, s.StrideH, s.StrideW, s.PadH, s.PadW, s.P, s.Q, s.Mode == PoolMode.AdaptiveAverage ? 1 : 0,
            s.CountIncludePad ? 1 : 0);
}
