namespace NativeEngine.Cpu.Conv;

/// <summary>Ways to compute a convolution.</summary>
public enum ConvAlgorithm
{
    /// <summary>Implicit matrix product.</summary>
    Direct,

    /// <summary>Vectorised over channels, one filter plane each.</summary>
    Depthwise,

    /// <summary>Winograd F(2 x 2, 3 x 3).</summary>
    WinogradF2,

    /// <summary>Winograd F(4 x 4, 3 x 3).</summary>
    WinogradF4,
}
