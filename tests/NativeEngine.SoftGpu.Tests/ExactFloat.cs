using System.Numerics;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>A binary floating-point format: digits of the significand, largest exponent, bits in all.</summary>
internal sealed record FloatFormat(int Precision, int MaximumExponent, int Bits)
{
    public static readonly FloatFormat F16 = new(11, 15, 16);
    public static readonly FloatFormat BF16 = new(8, 127, 16);
    public static readonly FloatFormat TF32 = new(11, 127, 19);
    public static readonly FloatFormat F32 = new(24, 127, 32);
    public static readonly FloatFormat F64 = new(53, 1023, 64);

    public int MinimumExponent => 1 - MaximumExponent;

    public int FractionBits => Precision - 1;

    public ulong SignBit => 1UL << (Bits - 1);

    public ulong Infinity => (ulong)(2 * MaximumExponent + 1) << FractionBits;

    public ulong NaN => SignBit - 1;

    public bool IsNaN(ulong bits) => (bits & (SignBit - 1)) > Infinity;

    public bool IsInfinity(ulong bits) => (bits & (SignBit - 1)) == Infinity;

    public bool IsNegative(ulong bits) => (bits & SignBit) != 0;

    public bool IsZero(ulong bits) => (bits & (SignBit - 1)) == 0;

    public bool IsSubnormal(ulong bits) => !IsZero(bits) && (bits & Infinity) == 0;

    public ulong Flush(ulong bits) => IsSubnormal(bits) ? bits & SignBit : bits;

    public static FloatFormat Of(PtxType type) => type switch
    {
        PtxType.F16 or PtxType.F16x2 => F16,
        PtxType.BF16 or PtxType.BF16x2 => BF16,
        PtxType.F32 => F32,
        _ => F64,
    };
}

/// <summary>
/// A finite number as an integer times a power of two, with a sticky flag for what was cut off below: exact arithmetic, and one rounding to a format.
/// This is the oracle of the arithmetic tests and shares nothing with the machine.
/// </summary>
internal readonly record struct ExactFloat(BigInteger Mantissa, int Exponent, bool Sticky = false)
{
    public static ExactFloat FromBits(ulong bits, FloatFormat format)
    {
        ulong fraction = bits & ((1UL << format.FractionBits) - 1);
        int biased = (int)((bits & format.Infinity) >> format.FractionBits);
        BigInteger mantissa = biased == 0 ? fraction : fraction | 1UL << format.FractionBits;
        int exponent = Math.Max(biased, 1) - format.MaximumExponent - format.FractionBits;
        return new ExactFloat(format.IsNegative(bits) ? -mantissa : mantissa, exponent);
    }

    public static ExactFloat operator +(ExactFloat a, ExactFloat b)
    {
        int exponent = Math.Min(a.Exponent, b.Exponent);
        return new ExactFloat((a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent)), exponent);
    }

    public static ExactFloat operator -(ExactFloat a) => a with { Mantissa = -a.Mantissa };

    public static ExactFloat operator *(ExactFloat a, ExactFloat b) => new(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    /// <summary>Quotient to 200 bits and a sticky flag.</summary>
    public static ExactFloat operator /(ExactFloat a, ExactFloat b)
    {
        var quotient = BigInteger.DivRem(BigInteger.Abs(a.Mantissa) << 200, BigInteger.Abs(b.Mantissa), out var rest);
        return new ExactFloat(a.Mantissa.Sign * b.Mantissa.Sign * quotient, a.Exponent - b.Exponent - 200, !rest.IsZero);
    }

    /// <summary>Square root to about 200 bits and a sticky flag.</summary>
    public static ExactFloat Sqrt(ExactFloat a)
    {
        int shift = 400 + (a.Exponent & 1);
        var scaled = a.Mantissa << shift;
        var low = BigInteger.One << (int)(scaled.GetBitLength() / 2 - 1);
        var high = low << 2;
        while (high - low > 1)
        {
            var middle = (low + high) >> 1;
            if (middle * middle <= scaled)
                low = middle;
            else
                high = middle;
        }
        return new ExactFloat(low, (a.Exponent - shift) / 2, low * low != scaled);
    }

    /// <summary>Rounds a number that is not zero to the bits of a format; mode is rn, rz, rm or rp.</summary>
    public ulong Round(FloatFormat format, string mode)
    {
        bool negative = Mantissa.Sign < 0;
        var magnitude = BigInteger.Abs(Mantissa);
        int top = (int)magnitude.GetBitLength() - 1 + Exponent;
        int unit = Math.Max(top, format.MinimumExponent) - format.FractionBits;
        int shift = unit - Exponent;
        BigInteger kept, rest, half;
        if (shift > 0)
        {
            kept = magnitude >> shift;
            rest = ((magnitude - (kept << shift)) << 1) + (Sticky ? 1 : 0);
            half = BigInteger.One << shift;
        }
        else
        {
            kept = magnitude << -shift;
            rest = Sticky ? 1 : 0;
            half = 2;
        }
        bool up = mode switch
        {
            "rz" => false,
            "rm" => negative && !rest.IsZero,
            "rp" => !negative && !rest.IsZero,
            "rna" => rest >= half,
            _ => rest > half || (rest == half && !kept.IsEven),
        };
        if (up)
            kept += 1;
        ulong sign = negative ? format.SignBit : 0;
        if (kept.IsZero)
            return sign;
        if (kept >> format.Precision > 0)
        {
            kept >>= 1;
            unit++;
        }
        int exponent = kept.GetBitLength() < format.Precision ? 0 : unit + format.FractionBits + format.MaximumExponent;
        if (exponent > 2 * format.MaximumExponent)
        {
            bool toInfinity = mode is "rn" or "rna" || (mode == "rp" && !negative) || (mode == "rm" && negative);
            return sign | (toInfinity ? format.Infinity : format.Infinity - 1);
        }
        return sign | ((ulong)exponent << format.FractionBits) | ((ulong)kept & ((1UL << format.FractionBits) - 1));
    }

    /// <summary>The nearest integer in the direction of the mode.</summary>
    public BigInteger ToInteger(string mode)
    {
        if (Exponent >= 0)
            return Mantissa << Exponent;
        var divisor = BigInteger.One << -Exponent;
        var floor = BigInteger.DivRem(Mantissa, divisor, out var rest);
        if (rest.Sign < 0)
        {
            floor -= 1;
            rest += divisor;
        }
        return mode switch
        {
            "rzi" => Mantissa.Sign < 0 && !rest.IsZero ? floor + 1 : floor,
            "rmi" => floor,
            "rpi" => rest.IsZero ? floor : floor + 1,
            _ => rest * 2 > divisor || (rest * 2 == divisor && !floor.IsEven) ? floor + 1 : floor,
        };
    }
}
