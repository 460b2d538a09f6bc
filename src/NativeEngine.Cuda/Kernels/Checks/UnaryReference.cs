using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>A function of one argument in double precision, with the range and tolerance its kernels are checked at.</summary>
/// <param name="Value">f(x, a, b).</param>
/// <param name="Slope">f' as a function of what backward keeps.</param>
internal sealed record UnaryReference(Func<double, double, double, double> Value, Func<double, double, double, double> Slope)
{
    public float A { get; init; }

    public float B { get; init; }

    public float Low { get; init; } = -6;

    public float High { get; init; } = 6;

    /// <summary>Float roundings allowed in the value and in the gradient.</summary>
    public double Roundings { get; init; } = 4;

    /// <summary>Size of the terms that can cancel in the value or the slope, by x.</summary>
    public Func<double, double> Scale { get; init; } = _ => 0;

    public static UnaryReference For(UnaryOp op) => op switch
    {
        UnaryOp.Neg => new((x, _, _) => -x, (_, _, _) => -1),
        UnaryOp.Relu => new((x, _, _) => x <= 0 ? 0 : x, (y, _, _) => y > 0 ? 1 : 0),
        UnaryOp.LeakyRelu => new((x, a, _) => x > 0 ? x : a * x, (x, a, _) => x > 0 ? 1 : a) { A = 0.125f },
        UnaryOp.Sigmoid => new((x, _, _) => 1 / (1 + Math.Exp(-x)), (y, _, _) => y * (1 - y)) { Low = -30, High = 30, Roundings = 6 },
        UnaryOp.Tanh => new((x, _, _) => Math.Tanh(x), (y, _, _) => 1 - y * y) { Roundings = 5 },
        UnaryOp.Silu => new((x, _, _) => x / (1 + Math.Exp(-x)), SiluSlope) { Low = -20, High = 20, Roundings = 10, Scale = _ => 0.5 },
        UnaryOp.Gelu => new((x, _, _) => x * Phi(x), (x, _, _) => Phi(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI))
        {
            Roundings = 8,
            Scale = x => 0.5 + Math.Abs(x)
        },
        UnaryOp.Exp => new((x, _, _) => Math.Exp(x), (y, _, _) => y) { Low = -100, High = 88, Roundings = 3 },
        UnaryOp.Log => new((x, _, _) => Math.Log(x), (x, _, _) => 1 / x) { Low = 1e-3f, High = 40, Roundings = 3 },
        UnaryOp.Sqrt => new((x, _, _) => Math.Sqrt(x), (y, _, _) => y == 0 ? 0 : 0.5 / y) { Low = 0, High = 40 },
        UnaryOp.Pow => new((x, a, _) => Math.Pow(x, a), (x, a, _) => a * Math.Pow(x, a - 1)) { A = 2.5f, Low = 0.01f, High = 9 },
        UnaryOp.Abs => new((x, _, _) => Math.Abs(x), (x, _, _) => Math.Sign(x)),
        UnaryOp.Clamp => new((x, a, b) => x < a ? a : x > b ? b : x, (x, a, b) => x >= a && x <= b ? 1 : 0) { A = -1, B = 2.5f },
        UnaryOp.Affine => new((x, a, b) => a * x + b, (_, a, _) => a) { A = 1.75f, B = -0.5f },
        UnaryOp.HardSwish => new((x, _, _) => x * Math.Clamp(x + 3, 0, 6) / 6, (x, _, _) => x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6) { Scale = _ => 0.5 },
        UnaryOp.HardSigmoid => new((x, _, _) => Math.Clamp(x + 3, 0, 6) / 6, (x, _, _) => x > -3 && x < 3 ? 1.0 / 6 : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no reference for this function"),
    };

    // Simpson's rule over the density, 2000 intervals: below 1e-13 for the arguments used here.
    private static double Phi(double x)
    {
        if (!double.IsFinite(x))
            return x > 0 ? 1 : x < 0 ? 0 : x;
        const int intervals = 2000;
        double from = 0, step = x / intervals, sum = 0;
        for (int i = 0; i <= intervals; i++)
        {
            double at = from + i * step;
            sum += Math.Exp(-at * at / 2) * (i is 0 or intervals ? 1 : i % 2 == 1 ? 4 : 2);
        }

        return 0.5 + sum * step / 3 / Math.Sqrt(2 * Math.PI);
    }

    private static double SiluSlope(double x, double a, double b)
    {
        double s = 1 / (1 + Math.Exp(-x));
        return s * (1 + x * (1 - s));
    }
}
