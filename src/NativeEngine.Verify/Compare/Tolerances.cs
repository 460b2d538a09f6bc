namespace NativeEngine.Verify;

/// <summary>What a float32 backend may be off the double reference, per family; sums grow with their length, so do these.</summary>
public static class Tolerances
{
    /// <summary>Copies, gathers, pads: the very same value.</summary>
    public static Tolerance Memory => Tolerance.Exact;

    /// <summary>Normalised pixels: one division and one subtraction in float.</summary>
    public static Tolerance Pixels => new(1e-6, 1e-6);

    /// <summary>One function of one or two numbers.</summary>
    public static Tolerance Elementwise => new(2e-6, 2e-5);

    /// <summary>Sums and means of up to some thousand elements.</summary>
    public static Tolerance Reduce => new(5e-6, 2e-5);

    /// <summary>Inner products.</summary>
    public static Tolerance Gemm => new(1e-5, 5e-5);

    /// <summary>Convolutions; wide enough for Winograd's transforms.</summary>
    public static Tolerance Conv => new(5e-5, 2e-4);

    /// <summary>Pooling.</summary>
    public static Tolerance Pool => new(2e-6, 1e-5);

    /// <summary>Normalisation: differences of nearly equal sums.</summary>
    public static Tolerance Norm => new(3e-5, 2e-4);

    /// <summary>Softmax and losses.</summary>
    public static Tolerance Loss => new(5e-6, 5e-5);

    /// <summary>Some optimizer steps one after the other.</summary>
    public static Tolerance Optim => new(5e-6, 5e-5);

    /// <summary>Central differences in double against the reference's gradients.</summary>
    public static Tolerance FiniteDifference => new(2e-7, 2e-7);

    /// <summary>Central differences of a float32 backend: the outputs' rounding divided by the step dominates.</summary>
    public static Tolerance FloatFiniteDifference => new(2e-2, 2e-2);
}
