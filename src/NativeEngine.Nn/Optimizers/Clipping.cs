namespace NativeEngine.Nn;

/// <summary>Limits of the gradients before an update; 0 does not clip.</summary>
/// <param name="Norm">Largest norm of all gradients together.</param>
/// <param name="Value">Largest magnitude of a gradient element.</param>
/// <param name="Ratio">Largest ratio of gradient to weight norm per output unit, see <see cref="GradientClipping.Adaptive"/>.</param>
public readonly record struct Clipping(double Norm = 0, double Value = 0, double Ratio = 0);
