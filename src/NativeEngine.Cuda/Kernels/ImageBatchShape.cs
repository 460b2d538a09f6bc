using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Sizes of the image batch; see <see cref="ImageBatchSizes"/>. Mirrors <c>ne_image_sizes</c>.</summary>
[CudaType("ne_image_sizes")]
public readonly record struct ImageBatchShape(int N, int Channels, int Height, int Width, int OutHeight, int OutWidth, float Fill)
{
    /// <summary>The same sizes for a kernel.</summary>
    public static implicit operator ImageBatchShape(in ImageBatchSizes s) => new(s.N, s.C, s.H, s.W, s.OutH, s.OutW, (float)s.Fill);
}
