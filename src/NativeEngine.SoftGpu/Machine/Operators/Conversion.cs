using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>What a conversion does besides rounding.</summary>
[Flags]
internal enum ConversionFlags : byte
{
    None = 0,
    Ftz = 1,

    /// <summary>Floats are clamped to [0, 1], integers to the range of their type.</summary>
    Saturate = 2,

    /// <summary>The value is rounded to an integral one.</summary>
    Integral = 4,

    /// <summary>Negative results become zero.</summary>
    Relu = 8,

    /// <summary>What is too large becomes the largest finite number.</summary>
    Finite = 16,
}

/// <summary>One conversion: types, register widths and modifiers.</summary>
internal readonly record struct ConversionSpec(PtxType To, PtxType From, int ToBytes, int FromBytes, RoundingMode Mode, ConversionFlags Flags)
{
    public bool Ftz => Flags.HasFlag(ConversionFlags.Ftz);

    public bool Saturate => Flags.HasFlag(ConversionFlags.Saturate);

    public bool Integral => Flags.HasFlag(ConversionFlags.Integral);

    public long Pack() => (long)To | (long)From << 8 | (long)ToBytes << 16 | (long)FromBytes << 24 | (long)Mode << 32 | (long)Flags << 40;

    public static ConversionSpec Unpack(long bits) => new(
        (PtxType)(bits & 255), (PtxType)(bits >> 8 & 255), (int)(bits >> 16 & 255), (int)(bits >> 24 & 255), (RoundingMode)(bits >> 32 & 255),
            (ConversionFlags)(bits >> 40 & 255));
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
        var spec = ConversionSpec.Unpack(o->Immediate);
        int bits = ShortFormat.Of(spec.To).Bits;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint high = (uint)FloatToFloat(((float*)(r + o->A))[lane], spec), low = (uint)FloatToFloat(((float*)(r + o->B))[lane], spec);
            ((uint*)(r + o->D))[lane] = high << bits | low;
        }
    }

    /// <summary>A pair of short floats into a pair of others.</summary>
    public static void RunPairs(Op* o, Warp w, byte* r, uint mask)
    {
        var spec = ConversionSpec.Unpack(o->Immediate);
        ShortFormat from = ShortFormat.Of(spec.From), to = ShortFormat.Of(spec.To);
        uint keep = (1u << from.Bits) - 1;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint pair = ((uint*)(r + o->A))[lane];
            uint high = (uint)FloatToFloat(from.Decode(pair >> from.Bits & keep), spec), low = (uint)FloatToFloat(from.Decode(pair & keep), spec);
            ((uint*)(r + o->D))[lane] = high << to.Bits | low;
        }
    }

    /// <summary>cvt.pack: integers A and B, clamped to a type of <see cref="Op.N"/> bits (negative: signed), in front of what C shifts in; C is -1 for 16
    /// bits.</summary>
    public static void RunIntegerPack(Op* o, Warp w, byte* r, uint mask)
    {
        int bits = Math.Abs(o->N);
        long low = o->N < 0 ? -(1L << (bits - 1)) : 0, high = o->N < 0 ? (1L << (bits - 1)) - 1 : (1L << bits) - 1;
        uint keep = (1u << bits) - 1;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint a = (uint)Math.Clamp(((int*)(r + o->A))[lane], low, high) & keep, b = (uint)Math.Clamp(((int*)(r + o->B))[lane], low, high) & keep;
            uint shifted = o->C < 0 ? 0 : ((uint*)(r + o->C))[lane] << (2 * bits);
            ((uint*)(r + o->D))[lane] = shifted | a << bits | b;
        }
    }

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
        PtxType.BF16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
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
            case PtxType.F16 or PtxType.BF16:
                return ShortFormat.Of(spec.To).Encode(Rounding.ToOdd(sum, error), spec.Mode);
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
            case PtxType.F32:
                float single = Rounding.ToSingle(x, 0, spec.Mode);
                return Float32.ToBits(spec.Ftz ? Float32.FlushScalar(single) : single);
            case PtxType.F64:
                return Float64.ToBits(x);
            default:
                if (spec.Flags.HasFlag(ConversionFlags.Relu) && x <= 0)
                    x = 0;
                return ShortFormat.Of(spec.To).Encode(x, spec.Mode, spec.Flags.HasFlag(ConversionFlags.Finite));
        }
    }
}
