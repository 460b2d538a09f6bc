using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>One conversion: types, register widths and modifiers.</summary>
internal readonly record struct ConversionSpec(PtxType To, PtxType From, int ToBytes, int FromBytes, RoundingMode Mode, bool Ftz, bool Saturate, bool Integral)
{
    public long Pack() =>
        (long)To | (long)From << 8 | (long)ToBytes << 16 | (long)FromBytes << 24 | (long)Mode << 32 | (Ftz ? 1L << 40 : 0) | (Saturate ? 1L << 41 : 0) | (Integral ? 1L << 42 : 0);

    public static ConversionSpec Unpack(long bits) => new(
        (PtxType)(bits & 255), (PtxType)(bits >> 8 & 255), (int)(bits >> 16 & 255), (int)(bits >> 24 & 255), (RoundingMode)(bits >> 32 & 255),
        (bits & 1L << 40) != 0, (bits & 1L << 41) != 0, (bits & 1L << 42) != 0);
}

/// <summary>Every conversion between the machine's types, lane by lane: the rule book, and the path of the conversions that are too rare for vectors.</summary>
internal static unsafe class Conversion
{
    /// <summary>Converts lanes; the spec is packed in <see cref="Op.Immediate"/>.</summary>
    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        var spec = ConversionSpec.Unpack(o->Immediate);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong source = spec.FromBytes == 8 ? ((ulong*)(r + o->A))[lane] : ((uint*)(r + o->A))[lane];
            ulong result = Convert(source, spec);
            if (spec.ToBytes == 8)
                ((ulong*)(r + o->D))[lane] = result;
            else
                ((uint*)(r + o->D))[lane] = spec.ToBytes == 2 ? (ushort)result : (uint)result;
        }
    }

    /// <summary>Two floats into one packed register: the first goes to the upper half.</summary>
    public static void RunPacked(Op* o, Warp w, byte* r, uint mask)
    {
        var mode = (RoundingMode)(o->N & 15);
        bool bfloat = (o->N & 16) != 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint high = Short(((float*)(r + o->A))[lane], mode, bfloat), low = Short(((float*)(r + o->B))[lane], mode, bfloat);
            ((uint*)(r + o->D))[lane] = high << 16 | low;
        }
    }

    private static uint Short(float x, RoundingMode mode, bool bfloat) =>
        bfloat ? Rounding.ToBFloat16(x, mode) : float.IsNaN(x) ? 0x7FFFu : BitConverter.HalfToUInt16Bits(Rounding.ToHalf(x, mode));

    /// <summary>The result's bits, extended to the destination register.</summary>
    public static ulong Convert(ulong source, ConversionSpec spec)
    {
        if (spec.From.IsInteger())
        {
            var value = IntegerValue(source, spec.From);
            return spec.To.IsInteger() ? FromInteger(spec.Saturate ? Clamp(value, spec.To) : value, spec.To) : IntegerToFloat(value, spec);
        }
        double x = FloatValue(source, spec.From);
        if (spec.Ftz && spec.From == PtxType.F32)
            x = Float32.FlushScalar((float)x);
        if (spec.Integral)
            x = Rounding.ToIntegral(x, spec.Mode);
        return spec.To.IsInteger() ? FloatToInteger(x, spec.To) : FloatToFloat(x, spec);
    }

    private static Int128 IntegerValue(ulong bits, PtxType type) => type switch
    {
        PtxType.S8 => (sbyte)bits,
        PtxType.S16 => (short)bits,
        PtxType.S32 => (int)bits,
        PtxType.S64 => (long)bits,
        PtxType.U8 or PtxType.B8 => (byte)bits,
        PtxType.U16 or PtxType.B16 => (ushort)bits,
        PtxType.U32 or PtxType.B32 => (uint)bits,
        _ => bits,
    };

    private static (Int128 Low, Int128 High) Range(PtxType type)
    {
        int bits = 8 * type.Size();
        return type.IsSigned() ? (-(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1) : (0, (Int128.One << bits) - 1);
    }

    private static Int128 Clamp(Int128 value, PtxType type)
    {
        var (low, high) = Range(type);
        return Int128.Clamp(value, low, high);
    }

    /// <summary>Cuts to the type's width and extends by its sign.</summary>
    private static ulong FromInteger(Int128 value, PtxType type)
    {
        ulong bits = (ulong)(UInt128)value;
        return (ulong)(UInt128)IntegerValue(bits, type);
    }

    private static double FloatValue(ulong bits, PtxType type) => type switch
    {
        PtxType.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        PtxType.F32 => BitConverter.UInt32BitsToSingle((uint)bits),
        _ => BitConverter.UInt64BitsToDouble(bits),
    };

    private static ulong FloatToInteger(double x, PtxType type)
    {
        if (double.IsNaN(x))
            return 0;
        var (low, high) = Range(type);
        var value = x <= (double)low ? low : x >= (double)high ? high : (Int128)x;
        return FromInteger(value, type);
    }

    /// <summary>The integer as an unevaluated sum of two doubles, rounded once.</summary>
    private static ulong IntegerToFloat(Int128 value, ConversionSpec spec)
    {
        var high = value & ~(Int128)0x7FF;
        var (sum, error) = Rounding.TwoSum((double)high, (double)(value - high));
        if (spec.Saturate)
            (sum, error) = sum <= 0 ? (0, 0) : sum >= 1 ? (1, 0) : (sum, error);
        switch (spec.To)
        {
            case PtxType.F32:
                return BitConverter.SingleToUInt32Bits(Rounding.ToSingle(sum, error, spec.Mode));
            case PtxType.F16:
                return BitConverter.HalfToUInt16Bits(Rounding.ToHalf(sum, spec.Mode));
            default:
                return BitConverter.DoubleToUInt64Bits(ToDouble(sum, error, spec.Mode));
        }
    }

    private static double ToDouble(double sum, double error, RoundingMode mode)
    {
        bool down = mode == RoundingMode.Down || (mode == RoundingMode.Zero && sum > 0);
        bool up = mode == RoundingMode.Up || (mode == RoundingMode.Zero && sum < 0);
        return error < 0 && down ? Math.BitDecrement(sum) : error > 0 && up ? Math.BitIncrement(sum) : sum;
    }

    private static ulong FloatToFloat(double x, ConversionSpec spec)
    {
        if (spec.Saturate)
            x = x > 0 ? Math.Min(x, 1) : 0;
        switch (spec.To)
        {
            case PtxType.F16:
                return double.IsNaN(x) ? 0x7FFFu : BitConverter.HalfToUInt16Bits(Rounding.ToHalf(x, spec.Mode));
            case PtxType.BF16:
                return Rounding.ToBFloat16((float)x, spec.Mode);
            case PtxType.F32:
                float single = Rounding.ToSingle(x, 0, spec.Mode);
                return Float32.ToBits(spec.Ftz ? Float32.FlushScalar(single) : single);
            default:
                return Float64.ToBits(x);
        }
    }
}
