using System.Globalization;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>|got - expected| may be <see cref="Absolute"/> + <see cref="Relative"/> · |expected|, as in NumPy's allclose.</summary>
/// <param name="Absolute">Absolute part.</param>
/// <param name="Relative">Relative part.</param>
internal sealed record Tolerance(double Absolute, double Relative)
{
    /// <summary>The difference that is allowed from a value.</summary>
    public double Of(double expected) => Absolute + Relative * Math.Abs(expected);

    public override string ToString() => (Absolute, Relative) switch
    {
        (0, 0) => "exactly",
        var (a, r) when a == r => string.Create(CultureInfo.InvariantCulture, $"within {a:R} (1 + |expected|)"),
        _ => string.Create(CultureInfo.InvariantCulture, $"within {Absolute:R} + {Relative:R} |expected|"),
    };
}
