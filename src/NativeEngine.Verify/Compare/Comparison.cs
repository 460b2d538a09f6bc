using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>What came out of comparing one tensor.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Passed">Every element within the tolerance, and none missing.</param>
/// <param name="MaxError">The largest |got - expected|; infinity when one of the two is not a number or infinite alone.</param>
/// <param name="Excess">The largest error as a multiple of what was allowed: above 1 fails.</param>
/// <param name="Worst">Index of the element with the largest excess: <c>[12,3,0,1]</c>.</param>
/// <param name="Detail">Expected and got at the worst element, or what is wrong with the shape.</param>
public sealed record Comparison(string Name, bool Passed, double MaxError, double Excess, string Worst, string Detail)
{
    /// <summary>Compares two tensors of one shape given in logical row-major order.</summary>
    public static Comparison Of(string name, Shape shape, ReadOnlySpan<double> expected, ReadOnlySpan<double> got, Tolerance tolerance)
    {
        if (expected.Length != shape.Count || got.Length != shape.Count)
            return Mismatch(name, $"expected {shape.Count} elements {shape}, got {got.Length}");
        double largest = 1;
        foreach (double value in expected)
            largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : largest;

        double maxError = 0, worstExcess = -1;
        int worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Error(expected[i], got[i]);
            double allowed = tolerance.Abs * largest + tolerance.Rel * Math.Abs(expected[i]);
            double excess = error == 0 ? 0 : allowed > 0 && double.IsFinite(error) ? error / allowed : double.PositiveInfinity;
            maxError = Math.Max(maxError, error);
            if (excess > worstExcess)
                (worstExcess, worst) = (excess, i);
        }

        if (expected.Length == 0)
            return new Comparison(name, true, 0, 0, "[]", "empty");
        return new Comparison(name, worstExcess <= 1, maxError, worstExcess, IndexOf(shape, worst), $"expected {expected[worst]:G9}, got {got[worst]:G9}");
    }

    /// <summary>A comparison that fails before any element is looked at.</summary>
    public static Comparison Mismatch(string name, string detail) => new(name, false, double.PositiveInfinity, double.PositiveInfinity, "", detail);

    private static double Error(double expected, double got)
    {
        if (expected.Equals(got) || expected == got)
            return 0; // the same infinity, NaN beside NaN, 0 beside -0
        double error = Math.Abs(expected - got);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    private static string IndexOf(Shape shape, long flat)
    {
        var index = new long[shape.Rank];
        for (int i = shape.Rank - 1; i >= 0; i--)
            (flat, index[i]) = Math.DivRem(flat, shape[i]);
        return $"[{string.Join(',', index)}]";
    }
}
