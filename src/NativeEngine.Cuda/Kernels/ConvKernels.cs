using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>
/// Kernels of <c>kernels/conv.cu</c>: convolution as plain loops (for depthwise and narrow groups) and as tiled products, and pooling.
/// </summary>
public static class ConvKernels
{
    private const string Family = "conv";
    private const int PoolStrip = 32; // NE_POOL_STRIP
    private const int TileBytes = 2 * 16 * 68 * 4;

    /// <summary>y = x ⋆ w + bias; bias [K] or none.</summary>
    public readonly record struct ConvForward(In<float> X, In<float> W, In<float> Bias, Out<float> Y, ConvShape G);

    /// <summary>dx (+)= the gradient of the input.</summary>
    public readonly record struct ConvBackwardData(In<float> W, In<float> Dy, InOut<float> Dx, ConvShape G, int Accumulate);

    /// <summary>partial[chunk] = the gradient of the filter over a chunk of output pixels; <see cref="ReduceKernels.Sum"/> adds the chunks.</summary>
    public readonly record struct ConvBackwardFilter(In<float> X, In<float> Dy, Out<float> Partial, ConvShape G, long Chunk);

    /// <summary>The same as a tiled product.</summary>
    public readonly record struct ConvTiledBackwardFilter(In<float> X, In<float> Dy, Out<float> Partial, ConvShape G, int Chunk, int Chunks);

    /// <summary>y = the largest or the mean of every window.</summary>
    public readonly record struct PoolForward(In<float> X, Out<float> Y, PoolShape G);

    /// <summary>dx (+)= the gradient of max-pooling.</summary>
    public readonly record struct MaxPoolBackward(In<float> X, In<float> Y, In<float> Dy, InOut<float> Dx, PoolShape G, int Accumulate);

    /// <summary>dx (+)= the gradient of mean-pooling.</summary>
    public readonly record struct AveragePoolBackward(In<float> Dy, InOut<float> Dx, PoolShape G, int Accumulate);

    /// <summary>Plain forward. Launch with <see cref="LaunchShape.Elements"/> of the output.</summary>
    public static Kernel<ConvForward> Forward { get; } = new(Family, "conv_fwd_f32");

    /// <summary>Plain input gradient. Launch with <see cref="LaunchShape.Elements"/> of the input.</summary>
    public static Kernel<ConvBackwardData> BackwardData { get; } = new(Family, "conv_bwd_data_f32");

    /// <summary>Plain filter gradient. Launch with <see cref="FilterShape"/>.</summary>
    public static Kernel<ConvBackwardFilter> BackwardFilter { get; } = new(Family, "conv_bwd_filter_f32");

    /// <summary>Tiled forward. Launch with <see cref="TiledForwardShape"/>.</summary>
    public static Kernel<ConvForward> TiledForward { get; } = new(Family, "conv_tiled_fwd_f32", TileBytes);

    /// <summary>Tiled input gradient. Launch with <see cref="TiledBackwardDataShape"/>.</summary>
    public static Kernel<ConvBackwardData> TiledBackwardData { get; } = new(Family, "conv_tiled_bwd_data_f32", TileBytes);

    /// <summary>Tiled filter gradient. Launch with <see cref="TiledFilterShape"/>.</summary>
    public static Kernel<ConvTiledBackwardFilter> TiledBackwardFilter { get; } = new(Family, "conv_tiled_bwd_filter_f32", TileBytes);

    /// <summary>Max-pooling. Launch with <see cref="LaunchShape.Elements"/> of the output.</summary>
    public static Kernel<PoolForward> MaxPool { get; } = new(Family, "max_pool_fwd_f32");

    /// <summary>Gradient of max-pooling. Launch with <see cref="LaunchShape.Elements"/> of the input.</summary>
    public static Kernel<MaxPoolBackward> MaxPoolGradient { get; } = new(Family, "max_pool_bwd_f32");

    /// <summary>Mean-pooling, windowed and adaptive.</summary>
    public static Kernel<PoolForward> AveragePool { get; } = new(Family, "avg_pool_fwd_f32");

    /// <summary>Gradient of mean-pooling.</summary>
    public static Kernel<AveragePoolBackward> AveragePoolGradient { get; } = new(Family, "avg_pool_bwd_f32");

    /// <summary>True when the tiled kernels waste less than they gain: groups wide enough to fill tiles.</summary>
    public static bool PrefersTiles(in ConvShape s) => s.K / s.Groups >= 8 && s.C / s.Groups >= 8 || s.Groups == 1 && s.K >= 8;

    /// <summary>Chunks of the output pixels for the filter gradient, a function of the sizes alone.</summary>
    public static (int Chunk, int Chunks) FilterChunks(in ConvShape s)
    {
        int pixels = checked(s.N * s.P * s.Q), length = s.R * s.S * (s.C / s.Groups);
        long tiles = (long)GemmKernels.Tiles(s.K / s.Groups) * GemmKernels.Tiles(length) * s.Groups;
        long wanted = Math.Clamp(512 / Math.Max(1, tiles), 1, Math.Clamp(pixels / 128, 1, 64));
        int chunk = (int)Math.Max(1, LaunchShape.Ceiling(pixels, wanted));
        chunk = (int)LaunchShape.Ceiling(chunk, 16) * 16; // whole tiles deep
        return (chunk, (int)Math.Max(1, LaunchShape.Ceiling(pixels, chunk)));
    }

    /// <summary>Grid and block of <see cref="BackwardFilter"/>.</summary>
    public static LaunchShape FilterShape(in ConvShape s, int chunks) =>
        LaunchShape.Elements((long)s.K * s.R * s.S * (s.C / s.Groups)) with { Y = chunks };

    /// <summary>Grid and block of <see cref="TiledForward"/>.</summary>
    public static LaunchShape TiledForwardShape(in ConvShape s) =>
        new(GemmKernels.Tiles((long)s.N * s.P * s.Q), GemmKernels.Tiles(s.K / s.Groups), s.Groups, Kernel.MaxBlock);

    /// <summary>Grid and block of <see cref="TiledBackwardData"/>.</summary>
    public static LaunchShape TiledBackwardDataShape(in ConvShape s) =>
        new(GemmKernels.Tiles((long)s.N * s.H * s.W), GemmKernels.Tiles(s.C / s.Groups), s.Groups, Kernel.MaxBlock);

    /// <summary>Grid and block of <see cref="TiledBackwardFilter"/>.</summary>
    public static LaunchShape TiledFilterShape(in ConvShape s, int chunks) =>
        new(GemmKernels.Tiles(s.K / s.Groups), GemmKernels.Tiles((long)s.R * s.S * (s.C / s.Groups)), s.Groups * chunks, Kernel.MaxBlock);

    /// <summary>Grid and block of the pooling kernels, which go through <paramref name="images"/> (forward: the output, backward: the input) in
    /// tiles.</summary>
    public static LaunchShape PoolingShape(Shape images)
    {
        // About the tiles of ne_pool_walk: blocks stride over what is left.
        long tiles = LaunchShape.Ceiling(images.Count, (long)Kernel.MaxBlock * Math.Clamp(images[2], 1, PoolStrip));
        return new((int)Math.Min(tiles, 1 << 16), 1, 1, Kernel.MaxBlock);
    }

    internal static IEnumerable<Kernel> All =>
        [Forward, BackwardData, BackwardFilter, TiledForward, TiledBackwardData, TiledBackwardFilter, MaxPool, MaxPoolGradient, AveragePool,
            AveragePoolGradient];
}
