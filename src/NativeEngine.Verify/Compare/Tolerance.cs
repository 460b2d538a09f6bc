namespace NativeEngine.Verify;

/// <summary>
/// How far a value may be off: |got - expected| ≤ abs·max(1, max|expected|) + rel·|expected|, the maximum taken over the tensor.
/// </summary>
/// <param name="Abs">Allowed error relative to the largest expected magnitude of the tensor, or to 1.</param>
/// <param name="Rel">Allowed error relative to the expected value itself.</param>
public readonly record struct Tolerance(double Abs, double Rel)
{
    /// <summary>Equality, for indices and moved elements.</summary>
    public static Tolerance Exact => new(0, 0);

    /// <inheritdoc/>
    public override string ToString() => $"tol {Abs:0.0e+00} + {Rel:0.0e+00}·|x|";
}
