namespace NativeEngine.Verify;

/// <summary>Functions .NET's Math lacks, to double precision.</summary>
internal static class ReferenceMath
{
    /// <summary>1 / (1 + e^-x), without overflow on either side.</summary>
    public static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    /// <summary>ln(1 + e^x), without overflow or loss of small values.</summary>
    public static double SoftPlus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>
    /// The error function by the series 2/√π · e^(-x²) · Σ 2^n x^(2n+1) / (1·3·…·(2n+1)) (Abramowitz and Stegun 7.1.6), whose terms
    /// all have the sign of x, so nothing cancels.
    /// </summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (Math.Abs(x) > 6)
            return Math.Sign(x); // 1 - erf(6) is 2e-17
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>Φ(x), the distribution function of the standard normal.</summary>
    public static double NormalCdf(double x) => 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>φ(x), the density of the standard normal.</summary>
    public static double NormalPdf(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    // ln(1 + x): the rounding error of 1 + x is divided out (Kahan).
    private static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * (x / (u - 1));
    }
}
