namespace NativeEngine.Cpu.Conv;

/// <summary>Ways to compute a convolution.</summary>
public enum ConvAlgorithm
{
    /// <summary>Implicit matrix product.</summary>
    Direct,

    /// <summary>Matrix product that reads windows where they lie in a strip of the image.</summary>
    Strip,

    /// <summary>Vectorised over channels, one filter plane each.</summary>
    Depthwise,

    /// <summary>Vectorised over the channels of several small groups at once.</summary>
    Grouped,

    /// <summary>Winograd F(2 x 2, 3 x 3).</summary>
    WinogradF2,

    /// <summary>Winograd F(4 x 4, 3 x 3).</summary>
    WinogradF4,
}
