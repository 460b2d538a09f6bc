namespace NativeEngine.Cuda;

/// <summary>The passes of a convolution, each with algorithms of its own.</summary>
public enum ConvPass
{
    /// <summary>y from x and w.</summary>
    Forward,

    /// <summary>dx from w and dy.</summary>
    BackwardData,

    /// <summary>dw from x and dy.</summary>
    BackwardFilter,
}
