namespace NativeEngine.SoftGpu;

/// <summary>Direction of rounding.</summary>
internal enum RoundingMode : byte
{
    Nearest,
    Zero,
    Down,
    Up,

    /// <summary>To nearest, ties away from zero.</summary>
    Away,
}

/// <summary>
/// Directed rounding without changing the host's mode: the result is known exactly as a double plus a remainder, so the float on the wanted side of it
/// can be picked.
/// </summary>
internal static class Rounding
{
    /// <summary>Reads rn/rz/rm/rp/rna (or rni, rzi, rmi, rpi).</summary>
    public static RoundingMode Parse(string? modifier) => modifier switch
    {
        "rz" or "rzi" => RoundingMode.Zero,
        "rm" or "rmi" => RoundingMode.Down,
        "rp" or "rpi" => RoundingMode.Up,
        "rna" => RoundingMode.Away,
        _ => RoundingMode.Nearest,
    };

    /// <summary>x + y rounded to double, and what was lost: exactly x + y = sum + error (Knuth).</summary>
    public static (double Sum, double Error) TwoSum(double x, double y)
    {
        double sum = x + y;
        double part = sum - x;
        double error = (x - (sum - part)) + (y - part);
        return (sum, double.IsFinite(sum) ? error : 0);
    }

    /// <summary>The float that value + rest rounds to, where rest is too small to be seen in value.</summary>
    public static float ToSingle(double value, double rest, RoundingMode mode)
    {
        if (mode == RoundingMode.Nearest)
            return (float)ToOdd(value, rest);
        float nearest = (float)value;
        if (float.IsNaN(nearest) || double.IsInfinity(value))
            return nearest;
        double difference = value - nearest;
        int side = difference != 0 ? Math.Sign(difference) : Math.Sign(rest);
        // side says where the exact value lies, seen from the nearest float.
        bool negative = value < 0 || (value == 0 && rest < 0);
        bool down = mode == RoundingMode.Down || (mode == RoundingMode.Zero && !negative);
        if (float.IsInfinity(nearest))
            return down == negative ? nearest : negative ? -float.MaxValue : float.MaxValue;
        if (side < 0 && down)
            return MathF.BitDecrement(nearest);
        if (side > 0 && !down)
            return MathF.BitIncrement(nearest);
        return nearest;
    }

    /// <summary>Rounds value + rest to double with the last bit sticky, so that a second rounding to a shorter type is right.</summary>
    public static double ToOdd(double value, double rest)
    {
        if (rest == 0 || !double.IsFinite(value) || (BitConverter.DoubleToInt64Bits(value) & 1) != 0)
            return value;
        return rest > 0 ? Math.BitIncrement(value) : Math.BitDecrement(value);
    }

    /// <summary>a + b.</summary>
    public static float Add(float a, float b, RoundingMode mode)
    {
        var (sum, error) = TwoSum(a, b);
        // x + (-x) is -0 when rounding down, +0 otherwise; equal zeros keep their sign.
        if (sum == 0 && error == 0)
            return a == 0 && b == 0 ? (a + b == 0 && float.IsNegative(a) != float.IsNegative(b) && mode == RoundingMode.Down ? -0f : a + b)
                : mode == RoundingMode.Down ? -0f : 0f;
        return ToSingle(sum, error, mode);
    }

    /// <summary>a * b: exact in double.</summary>
    public static float Multiply(float a, float b, RoundingMode mode) => ToSingle((double)a * b, 0, mode);

    /// <summary>a * b + c with one rounding: the product is exact in double.</summary>
    public static float Fma(float a, float b, float c, RoundingMode mode)
    {
        double product = (double)a * b;
        var (sum, error) = TwoSum(product, c);
        if (sum == 0 && error == 0)
        {
            bool same = double.IsNegative(product) == float.IsNegative(c);
            return product == 0 && same ? (float)product : mode == RoundingMode.Down ? -0f : 0f;
        }
        return ToSingle(sum, error, mode);
    }

    /// <summary>a / b.</summary>
    public static float Divide(float a, float b, RoundingMode mode)
    {
        double quotient = (double)a / b;
        double rest = double.IsFinite(quotient) && float.IsFinite(b) && b != 0 ? Math.FusedMultiplyAdd(-quotient, b, a) * Math.Sign(b) : 0;
        return ToSingle(quotient, rest, mode);
    }

    /// <summary>Square root.</summary>
    public static float Sqrt(float a, RoundingMode mode)
    {
        double root = Math.Sqrt(a);
        double rest = double.IsFinite(root) ? Math.FusedMultiplyAdd(-root, root, a) : 0;
        return ToSingle(root, rest, mode);
    }

    /// <summary>Rounds to an integral value.</summary>
    public static double ToIntegral(double x, RoundingMode mode) => mode switch
    {
        RoundingMode.Zero => Math.Truncate(x),
        RoundingMode.Down => Math.Floor(x),
        RoundingMode.Up => Math.Ceiling(x),
        RoundingMode.Away => Math.Round(x, MidpointRounding.AwayFromZero),
        _ => Math.Round(x, MidpointRounding.ToEven),
    };
}
