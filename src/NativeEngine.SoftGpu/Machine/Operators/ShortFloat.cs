namespace NativeEngine.SoftGpu;

/// <summary>A binary floating-point format of at most 32 bits: how exact numbers become its bits and back.</summary>
/// <param name="Bits">Bits in all.</param>
/// <param name="FractionBits">Bits behind the point.</param>
/// <param name="Bias">What is added to the exponent.</param>
/// <param name="HasInfinity">False for e4m3, whose all-ones exponent holds numbers; its only NaN is all ones.</param>
/// <param name="NaN">The NaN of results.</param>
/// <param name="LowZeros">Bits below the last digit that are zero (tf32 stands in a 32-bit register).</param>
internal sealed record ShortFormat(int Bits, int FractionBits, int Bias, bool HasInfinity, uint NaN, int LowZeros = 0)
{
    public static readonly ShortFormat F16 = new(16, 10, 15, true, 0x7FFF);
    public static readonly ShortFormat BF16 = new(16, 7, 127, true, 0x7FFF);
    public static readonly ShortFormat TF32 = new(32, 10, 127, true, 0x7FFF_FFFF, 13);
    public static readonly ShortFormat E4M3 = new(8, 3, 7, false, 0x7F);
    public static readonly ShortFormat E5M2 = new(8, 2, 15, true, 0x7F);

    private int MinimumExponent => 1 - Bias;

    private uint Sign => 1u << (Bits - 1);

    /// <summary>Bits of the largest finite number.</summary>
    private uint Largest => HasInfinity ? ((Infinity >> LowZeros) - 1) << LowZeros : NaN - 1;

    private uint Infinity => (Sign - 1) >> (FractionBits + LowZeros) << (FractionBits + LowZeros);

    /// <summary>The format of a type, or of the halves of a pair.</summary>
    public static ShortFormat Of(PtxType type) => type switch
    {
        PtxType.F16 or PtxType.F16x2 => F16,
        PtxType.BF16 or PtxType.BF16x2 => BF16,
        PtxType.TF32 => TF32,
        PtxType.E4M3x2 => E4M3,
        PtxType.E5M2x2 => E5M2,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "is no short float"),
    };

    /// <summary>The number that bits stand for.</summary>
    public double Decode(uint bits)
    {
        uint magnitude = bits & (Sign - 1);
        double value;
        if (HasInfinity ? magnitude > Infinity : magnitude == NaN)
            return double.NaN;
        if (HasInfinity && magnitude == Infinity)
        {
            value = double.PositiveInfinity;
        }
        else
        {
            int exponent = (int)(magnitude >> (FractionBits + LowZeros));
            uint fraction = magnitude & ((1u << (FractionBits + LowZeros)) - 1);
            double digits = exponent == 0 ? fraction : fraction + (double)(1u << (FractionBits + LowZeros));
            value = Math.ScaleB(digits, Math.Max(exponent, 1) - Bias - FractionBits - LowZeros);
        }
        return (bits & Sign) != 0 ? -value : value;
    }

    /// <summary>Rounds an exact number once; with <paramref name="finite"/> what is too large becomes the largest number.</summary>
    public uint Encode(double x, RoundingMode mode, bool finite = false)
    {
        if (double.IsNaN(x))
            return NaN;
        uint sign = double.IsNegative(x) ? Sign : 0;
        double magnitude = Math.Abs(x);
        bool saturates = finite || !HasInfinity;
        if (magnitude == 0)
            return sign;
        if (double.IsInfinity(magnitude))
            return sign | (saturates ? Largest : Infinity);
        int unit = Math.Max(Math.ILogB(magnitude), MinimumExponent) - FractionBits;
        // Directions are seen from the magnitude.
        var direction = sign == 0 ? mode : mode switch { RoundingMode.Down => RoundingMode.Up, RoundingMode.Up => RoundingMode.Down, _ => mode };
        double digits = Rounding.ToIntegral(Math.ScaleB(magnitude, -unit), direction);
        // A carry into the next exponent is what the addition below makes of it.
        ulong bits = digits < 1 << FractionBits
            ? (ulong)digits
            : ((ulong)(unit + FractionBits + Bias) << FractionBits) + (ulong)digits - (1ul << FractionBits);
        bits <<= LowZeros;
        if (bits <= Largest)
            return sign | (uint)bits;
        bool toInfinity = !saturates && direction is not (RoundingMode.Zero or RoundingMode.Down);
        return sign | (toInfinity ? Infinity : Largest);
    }
}
