using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Strip;
using NativeEngine.Cpu.Winograd;

namespace NativeEngine.Cpu.Conv;

/// <summary>Chooses the algorithm of a convolution by a cost model, never by a clock: the same sizes always compute the same bits.</summary>
internal static class AlgorithmChoice
{
    /// <summary>Fewer channels than this leave the vectors of the transforms mostly empty.</summary>
    private const int LeastChannels = 8;

    public static ConvAlgorithm For(ConvPlan plan, ConvPass pass, WinogradMode mode)
    {
        ConvSizes s = plan.Sizes;
        if (plan.IsDepthwise) return ConvAlgorithm.Depthwise;
        if (DepthwiseConv.SupportsGroups(s)) return ConvAlgorithm.Grouped;
        bool window = s is { R: 3, S: 3, DilationH: 1, DilationW: 1, Groups: 1 } && s.C >= LeastChannels && s.K >= LeastChannels && s.N > 0;
        bool f2 = window && s is { StrideH: 1, StrideW: 1 }, f4 = f2 || (window && s is { StrideH: 2, StrideW: 2, PadH: 1, PadW: 1 });
        return mode switch
        {
            WinogradMode.F2 when f2 => ConvAlgorithm.WinogradF2,
            WinogradMode.F4 when f4 => ConvAlgorithm.WinogradF4,
            WinogradMode.Auto when f4 => Cheapest(s, pass),
            _ => StripOrDirect(s, pass),
        };
    }

    /// <summary>
    /// Strips for windows of more than one pixel whenever a tile of the kernel finds enough pixels in one output row: they spare the gather,
    /// which costs more than the product when channels are few.
    /// </summary>
    private static ConvAlgorithm StripOrDirect(in ConvSizes s, ConvPass pass)
    {
        MicroKernels kernels = MicroKernels.Instance;
        bool backward = pass == ConvPass.BackwardData;
        if (s.R * s.S == 1 || (backward && s is not { StrideH: 1, StrideW: 1 })) return ConvAlgorithm.Direct;
        StripSizes sizes = backward ? StripSizes.Backward(s, kernels) : StripSizes.Forward(s, kernels);
        bool fits = pass == ConvPass.BackwardFilter ? sizes.AmortizesSums(kernels) : sizes.PanelFitsCache(kernels);
        return sizes.IsSupported(s, kernels) && sizes.FillsTiles(kernels) && fits ? ConvAlgorithm.Strip : ConvAlgorithm.Direct;
    }

    private static ConvAlgorithm Cheapest(in ConvSizes s, ConvPass pass)
    {
        double direct = 2.0 * s.Macs;
        double f2 = s.StrideH == 1 ? WinogradCost<TileF2>(s) : double.PositiveInfinity;
        double f4 = s.StrideH == 1 ? WinogradCost<TileF4>(s) : WinogradCost<TileF4Stride2>(s);
        if (direct <= f2 && direct <= f4) return StripOrDirect(s, pass);
        return f4 <= f2 ? ConvAlgorithm.WinogradF4 : ConvAlgorithm.WinogradF2;
    }

    /// <summary>Cost in floating-point operations of the direct sum that take the same time: products, transforms, and filters through memory.</summary>
    private static double WinogradCost<TTile>(in ConvSizes s) where TTile : struct, IWinogradTile
    {
        const double TransformFlops = 12, FilterFlops = 60; // per float that is written and read back
        double tiles = TileGrid.For<TTile>(s.N, s.P, s.Q).Tiles;
        return TileTransform<TTile>.Positions * (2 * tiles * s.C * s.K + TransformFlops * tiles * (s.C + s.K))
            + TileTransform<TTile>.Filters * FilterFlops * s.C * s.K;
    }
}
