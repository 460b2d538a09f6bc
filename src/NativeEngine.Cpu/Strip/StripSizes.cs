using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Strip;

/// <summary>
/// A convolution as the strip kernels see it. A strip is a band of image rows with its borders filled in; a row of the product is a
/// group of neighbouring output pixels, whose windows together are one run of floats per filter row. With few output channels a group
/// of several pixels fills the vectors, at the price of the zeros where a pixel's window does not reach.
/// </summary>
internal readonly struct StripSizes
{
    /// <summary>Floats of a strip: a small share of L2.</summary>
    private const int StripFloats = 24 * 1024;

    /// <summary>Bands of rows in a small batch, so that every thread has work.</summary>
    private const int LeastUnits = 8;

    public readonly int Images, InH, InW, Inner, OutH, OutW, Outer, R, S, StrideH, StrideW, DilationH, PadH, PadW;

    private StripSizes(int images, int inH, int inW, int inner, int outH, int outW, int outer, int r, int width, int strideH, int strideW, int dilationH,
        int padH, int padW, MicroKernels kernels, bool group = true)
    {
        (Images, InH, InW, Inner, OutH, OutW, Outer) = (images, inH, inW, inner, outH, outW, outer);
        (R, S, StrideH, StrideW, DilationH, PadH, PadW) = (r, width, strideH, strideW, dilationH, padH, padW);
        IsPadded = PadH > 0 || PadW > 0;
        RowFloats = (IsPadded ? (OutW - 1) * StrideW + S : InW) * Inner;
        Group = group ? BestGroup(kernels) : 1;
        int rows = Math.Max(1, (StripFloats / RowFloats - Reach) / StrideH + 1);
        Bands = Math.Min(OutH, Math.Max((OutH + rows - 1) / rows, (LeastUnits + images - 1) / Math.Max(1, images)));
    }

    /// <summary>y from x.</summary>
    public static StripSizes Forward(in ConvSizes s, MicroKernels kernels) =>
        new(s.N, s.H, s.W, s.C, s.P, s.Q, s.K, s.R, s.S, s.StrideH, s.StrideW, s.DilationH, s.PadH, s.PadW, kernels);

    /// <summary>dx from dy, for stride 1: a convolution with the filter turned by 180 degrees.</summary>
    public static StripSizes Backward(in ConvSizes s, MicroKernels kernels) =>
        new(s.N, s.P, s.Q, s.K, s.H, s.W, s.C, s.R, s.S, 1, 1, s.DilationH, s.DilationH * (s.R - 1) - s.PadH, s.S - 1 - s.PadW, kernels);

    /// <summary>
    /// dx from dy, for stride 1, before the taps of a filter row are added up: for each pixel of dy what it gives to the S pixels of a row of dx,
    /// a convolution with a window of R x 1 and S * C output channels, filled up to whole vectors.
    /// </summary>
    public static StripSizes Unfolded(in ConvSizes s, MicroKernels kernels) =>
        new(s.N, s.P, s.Q, s.K, s.H, s.Q, PackedPanels.PaddedColumns(s.S * s.C, kernels), s.R, 1, 1, 1, s.DilationH, s.DilationH * (s.R - 1) - s.PadH, 0,
            kernels, group: false);

    /// <summary>The image needs borders, so strips are copies.</summary>
    public bool IsPadded { get; }

    /// <summary>Floats from one row of a strip to the next.</summary>
    public int RowFloats { get; }

    /// <summary>Output pixels per row of the product; a divisor of OutW.</summary>
    public int Group { get; }

    /// <summary>Bands of output rows per image.</summary>
    public int Bands { get; }

    /// <summary>Pieces of work: bands of all images.</summary>
    public int Units => Images * Bands;

    /// <summary>Groups per output row.</summary>
    public int Groups => OutW / Group;

    /// <summary>Floats that a group of pixels reads per filter row.</summary>
    public int Run => RunOf(Group);

    /// <summary>Floats from a group's window to the next group's.</summary>
    public int GroupStep => Group * StrideW * Inner;

    /// <summary>Columns of the product: (pixel of the group, output channel), as they lie in memory.</summary>
    public int Columns => Group * Outer;

    /// <summary>Depth of the product.</summary>
    public int Depth => R * Run;

    /// <summary>Image rows from the first to the last that one output row reads, both counted.</summary>
    public int Reach => (R - 1) * DilationH + 1;

    /// <summary>Columns filled up to whole vectors.</summary>
    public int PaddedColumns(MicroKernels kernels) => PackedPanels.PaddedColumns(Columns, kernels);

    /// <summary>Whether the kernels can compute it: no groups, neighbouring taps in a filter row, no negative border, masks for partial vectors.</summary>
    public bool IsSupported(in ConvSizes s, MicroKernels kernels) =>
        s is { Groups: 1, DilationW: 1, N: > 0 } && PadH >= 0 && PadW >= 0 && (kernels.HasMasks || Columns % kernels.Width == 0);

    /// <summary>Whether an output row has enough groups of pixels to keep at least half of the sums of a kernel busy.</summary>
    public bool FillsTiles(MicroKernels kernels) => 2 * (Groups / ((Groups + kernels.MaxRows - 1) / kernels.MaxRows)) >= kernels.MaxRows;

    /// <summary>Whether a panel of the filter stays in L2 beside the strip: it passes through the kernel once per tile.</summary>
    public bool PanelFitsCache(MicroKernels kernels) => (long)Depth * kernels.PanelColumns <= 40 * 1024;

    /// <summary>Whether a range of strips has enough pixels for the memory that its sums take.</summary>
    public bool AmortizesSums(MicroKernels kernels) => (long)Depth * PaddedColumns(kernels) <= 96L * Images * OutH * OutW / StripFilterGradient.MaxChunks;

    /// <summary>Multiply-adds of whole vectors per output row, for a comparison of two ways.</summary>
    public double VectorMacsPerRow(MicroKernels kernels) => (double)PaddedColumns(kernels) / kernels.Width * Depth * Groups;

    private int RunOf(int group) => ((group - 1) * StrideW + S) * Inner;

    private int BestGroup(MicroKernels kernels)
    {
        int best = 1;
        double least = double.MaxValue;
        for (int group = 1; group <= OutW && (group == 1 || group * Outer <= kernels.PanelColumns); group++)
        {
            double cost = (double)PackedPanels.PaddedColumns(group * Outer, kernels) * RunOf(group) / group;
            if (OutW % group != 0 || cost >= least || (!kernels.HasMasks && group * Outer % kernels.Width != 0)) continue;
            (best, least) = (group, cost);
        }
        return best;
    }
}
