using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cuda.Tests.Kernels;

public partial class HostKernelTests
{
    // Largest error in units of the last place, as kernels/include/math.cuh states it; and the range.
    private static readonly TestCaseData[] Functions =
    [
        new TestCaseData("exp", 0, 1.1, -104f, 88.72f, (Func<double, double>)Math.Exp).SetArgDisplayNames("exp"),
        new TestCaseData("log", 1, 1.0, 1e-40f, 1e38f, (Func<double, double>)Math.Log).SetArgDisplayNames("log"),
        new TestCaseData("log near 1", 1, 1.0, 0.5f, 2f, (Func<double, double>)Math.Log).SetArgDisplayNames("log near 1"),
        new TestCaseData("log1p", 2, 2.5, 0f, 1f, (Func<double, double>)(x => x < 1e-4 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x)))
            .SetArgDisplayNames("log1p"),
        new TestCaseData("tanh", 3, 2.0, -10f, 10f, (Func<double, double>)Math.Tanh).SetArgDisplayNames("tanh"),
        new TestCaseData("sigmoid", 4, 3.0, -80f, 80f, (Func<double, double>)(x => 1 / (1 + Math.Exp(-x)))).SetArgDisplayNames("sigmoid"),
        new TestCaseData("erf", 5, 3.0, -5f, 5f, (Func<double, double>)Erf).SetArgDisplayNames("erf"),
    ];

    [TestCaseSource(nameof(Functions))]
    public void MathFunctionKeepsItsStatedError(string name, int function, double limit, float low, float high, Func<double, double> reference)
    {
        var device = Device;
        var random = new CheckRandom(KernelChecks.DefaultSeed, (uint)function);
        // Half evenly spread, half by magnitude, so that small arguments are tested too.
        float[] x = [.. Enumerable.Range(0, 40_000)
            .Select(i => i % 2 == 0 ? random.Between(low, high) : Math.Clamp((i % 4 == 1 ? 1 : -1) * MathF.Exp(random.Between(-60, 5)), low, high))];
        var got = device.Math(function, x, x);
        double worst = 0;
        float at = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = reference(x[i]), error = Math.Abs(got[i] - expected) / Ulp(expected);
            if (!(error <= worst))
                (worst, at) = (error, x[i]);
        }

        TestContext.Out.WriteLine($"{name}: largest error {worst:F3} ulp at {at:R}");
        Assert.That(worst, Is.LessThan(limit), $"{name}({at:R})");
    }

    [Test]
    public void PowerKeepsItsStatedErrorAndSpecialCases()
    {
        var device = Device;
        var random = new CheckRandom(KernelChecks.DefaultSeed, 99);
        float[] specials = [0, -0.0f, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, 16777216, -16777217, float.PositiveInfinity, float.NegativeInfinity, float.NaN,
            1e-42f, 3e38f];
        var pairs = (from a in specials from b in specials select (a, b))
            .Concat(Enumerable.Range(0, 40_000).Select(_ => (MathF.Exp(random.Between(-10, 10)), random.Between(-9, 9)))).ToArray();
        float[] x = [.. pairs.Select(p => p.Item1)], y = [.. pairs.Select(p => p.Item2)];
        var got = device.Math(6, x, y);
        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Math.Pow(x[i], y[i]);
            // IEEE 754 and .NET differ from C in nothing here; what overflows float is infinity.
            if (!float.IsFinite((float)expected))
                Assert.That(got[i], Is.EqualTo((float)expected), $"pow({x[i]:R}, {y[i]:R})");
            else
                worst = Math.Max(worst, Math.Abs(got[i] - expected) / Ulp(expected));
        }

        TestContext.Out.WriteLine($"pow: largest error {worst:F3} ulp");
        Assert.That(worst, Is.LessThan(0.6));
    }

    // The distance between floats at x; that of the smallest normal number below it.
    private static double Ulp(double x) => Math.Pow(2, Math.Max(-126, Math.Floor(Math.Log2(Math.Max(Math.Abs(x), 1e-45)))) - 23);

    // Abramowitz and Stegun 7.1.6: all terms have one sign.
    private static double Erf(double x)
    {
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
