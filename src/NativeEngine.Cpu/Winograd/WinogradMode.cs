namespace NativeEngine.Cpu;

/// <summary>Which convolutions with 3 x 3 windows and stride 1 use Winograd's algorithm.</summary>
public enum WinogradMode
{
    /// <summary>None: every convolution is a direct sum.</summary>
    Off,

    /// <summary>F(2 x 2): faster and as accurate as the direct sum.</summary>
    F2,

    /// <summary>F(4 x 4): fastest for most shapes, with an error of about 1e-5 of the largest output.</summary>
    F4,

    /// <summary>F(4 x 4), F(2 x 2) or direct per shape and pass, by a cost model; the same shape always gets the same algorithm.</summary>
    Auto,
}
