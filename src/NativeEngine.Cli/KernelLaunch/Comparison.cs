using System.Globalization;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>What comparing a buffer with expected values found.</summary>
/// <param name="Buffer">The buffer's parameter.</param>
/// <param name="Source">Where the expected values came from.</param>
/// <param name="Count">Elements compared.</param>
/// <param name="Differing">Elements that differ by more than allowed.</param>
/// <param name="WorstShare">The largest error as a share of the allowed one; infinite where nothing is allowed or a NaN is missing.</param>
/// <param name="First">The first element that differs, or null.</param>
internal sealed record Comparison(string Buffer, string Source, int Count, int Differing, double WorstShare, Difference? First)
{
    public bool Passed => Differing == 0;

    /// <summary>One sentence: the first element that differs, and how many.</summary>
    public string Describe() => First is null
        ? $"{Buffer} equals {Source}"
        : $"{First.Place} is {First.Got}, expected {First.Expected}{First.Detail}; {Differing} of {Count} elements {(Differing == 1 ? "differs" : "differ")}";

    /// <summary>
    /// Compares numbers. NaN is expected where NaN is, infinities must be equal, and zeros of both signs are. Integers are compared without rounding.
    /// </summary>
    public static Comparison Of(LaunchArgument buffer, byte[] got, (byte[] Data, PtxType Type) expected, string source, Tolerance tolerance)
    {
        int differing = 0;
        double worst = 0;
        Difference? first = null;
        for (int i = 0; i < buffer.Count; i++)
        {
            var g = got.AsSpan(i * buffer.ElementType.Size(), buffer.ElementType.Size());
            var e = expected.Data.AsSpan(i * expected.Type.Size(), expected.Type.Size());
            var (difference, allowed) = Error(g, buffer.ElementType, e, expected.Type, tolerance);
            if (difference > 0)
                worst = Math.Max(worst, difference / allowed);
            if (difference <= allowed)
                continue;
            differing++;
            first ??= new(buffer.Place(i), i, ElementText.Format(g, buffer.ElementType), ElementText.Format(e, expected.Type),
                double.IsFinite(difference) ? string.Create(CultureInfo.InvariantCulture, $", difference {difference:G3}, allowed {allowed:G3}") : "");
        }

        return new(buffer.Name, source, buffer.Count, differing, worst, first);
    }

    private static (double Difference, double Allowed) Error(ReadOnlySpan<byte> got, PtxType gotType, ReadOnlySpan<byte> expected, PtxType expectedType,
        Tolerance tolerance)
    {
        double g = ElementValue.ToDouble(got, gotType), e = ElementValue.ToDouble(expected, expectedType);
        if (ElementValue.IsIntegral(gotType) && ElementValue.IsIntegral(expectedType))
            return ((double)Int128.Abs(ElementValue.ToInteger(got, gotType) - ElementValue.ToInteger(expected, expectedType)), tolerance.Of(e));
        if (!double.IsFinite(g) || !double.IsFinite(e))
            return (g.Equals(e) ? 0 : double.PositiveInfinity, 0);
        return (Math.Abs(g - e), tolerance.Of(e));
    }
}

/// <summary>An element that is not what was expected.</summary>
/// <param name="Place">Its place: <c>y[3]</c>.</param>
/// <param name="Index">Its number in memory.</param>
/// <param name="Got">What the kernel left.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Detail">How far apart they are, where both are finite.</param>
internal sealed record Difference(string Place, int Index, string Got, string Expected, string Detail);
