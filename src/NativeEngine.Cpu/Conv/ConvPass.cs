namespace NativeEngine.Cpu.Conv;

/// <summary>The three computations of a convolution layer.</summary>
public enum ConvPass
{
    /// <summary>y from x and w.</summary>
    Forward,

    /// <summary>dx from dy and w.</summary>
    BackwardData,

    /// <summary>dw from x and dy.</summary>
    BackwardFilter,
}
