using NativeEngine.Core;

namespace NativeEngine.Cpu.Conv;

/// <summary>Which algorithm a convolution used, for the record of a run.</summary>
/// <param name="Sizes">the convolution</param>
/// <param name="Pass">forward or one of the gradients</param>
/// <param name="Algorithm">what was chosen</param>
public readonly record struct ConvChoice(ConvSizes Sizes, ConvPass Pass, ConvAlgorithm Algorithm)
{
    /// <summary>One line: <c>conv2d 64x32x32x64->128 k3x3 s2x2 p1x1 forward: direct</c> (images x height x width x channels -> filters).</summary>
    public override string ToString()
    {
        ConvSizes s = Sizes;
        string more = (s.DilationH, s.DilationW) == (1, 1) ? "" : $" d{s.DilationH}x{s.DilationW}";
        if (s.Groups > 1) more += $" g{s.Groups}";
        string pass = Pass switch { ConvPass.Forward => "forward", ConvPass.BackwardData => "backward-data", _ => "backward-filter" };
        string algorithm = Algorithm switch
        {
            ConvAlgorithm.Direct => "direct",
            ConvAlgorithm.Strip => "strip",
            ConvAlgorithm.Depthwise => "depthwise",
            ConvAlgorithm.Grouped => "grouped",
            ConvAlgorithm.WinogradF2 => "winograd F(2x2, 3x3)",
            ConvAlgorithm.WinogradF4 => "winograd F(4x4, 3x3)",
            _ => throw new InvalidOperationException($"no name for {Algorithm}"),
        };
        return $"conv2d {s.N}x{s.H}x{s.W}x{s.C}->{s.K} k{s.R}x{s.S} s{s.StrideH}x{s.StrideW} p{s.PadH}x{s.PadW}{more} {pass}: {algorithm}";
    }
}
