using System.Numerics;

namespace NativeEngine.SoftGpu.Tests;

/// <content>Floating-point arithmetic and conversions.</content>
internal static partial class ScalarReference
{
    private static string Mode(PtxInstruction i) => new[] { "rz", "rm", "rp", "rna" }.FirstOrDefault(i.Has) ?? "rn";

    private static ulong PackedFloat(PtxInstruction i, ulong[] s)
    {
        var format = FloatFormat.Of(i.Type);
        ulong low = Float(i, format, [.. s.Select(x => x & 0xFFFF)]), high = Float(i, format, [.. s.Select(x => x >> 16)]);
        return low | high << 16;
    }

    private static ulong Float(PtxInstruction i, FloatFormat f, ulong[] sources)
    {
        ulong[] s = i.Has("ftz") ? [.. sources.Select(f.Flush)] : sources;
        ulong result = i.Opcode switch
        {
            "add" => Sum(s[0], s[1], f, Mode(i)),
            "sub" => Sum(s[0], s[1] ^ f.SignBit, f, Mode(i)),
            "mul" => Product(s[0], s[1], f, Mode(i)),
            "fma" or "mad" => Fma(s[0], s[1], s[2], f, Mode(i)),
            "div" => Quotient(s[0], s[1], f, Mode(i)),
            "rcp" => Quotient((ulong)f.MaximumExponent << f.FractionBits, s[0], f, Mode(i)),
            "sqrt" => Root(s[0], f, Mode(i)),
            "abs" => s[0] & ~f.SignBit,
            "neg" => s[0] ^ f.SignBit,
            "copysign" => (s[0] & f.SignBit) | (s[1] & ~f.SignBit),
            "min" => Extremes(i, s, f, -1),
            "max" => Extremes(i, s, f, 1),
            _ => throw new InvalidOperationException($"no reference for {i}"),
        };
        if (i.Has("ftz"))
            result = f.Flush(result);
        if (i.Has("relu") && f.IsNegative(result))
            return 0;
        return i.Has("sat") ? Saturate(result, f) : result;
    }

    private static ulong Saturate(ulong x, FloatFormat f)
    {
        ulong one = (ulong)f.MaximumExponent << f.FractionBits;
        return f.IsNaN(x) || f.IsNegative(x) ? 0 : Math.Min(x, one);
    }

    private static ulong Sum(ulong a, ulong b, FloatFormat f, string mode)
    {
        if (f.IsNaN(a) || f.IsNaN(b) || (f.IsInfinity(a) && f.IsInfinity(b) && a != b))
            return f.NaN;
        if (f.IsInfinity(a) || f.IsInfinity(b))
            return f.IsInfinity(a) ? a : b;
        return RoundSum(ExactFloat.FromBits(a, f) + ExactFloat.FromBits(b, f), f.IsNegative(a), f.IsNegative(b), f, mode);
    }

    /// <summary>A sum of zero has the common sign of its terms, else it is positive, or negative when rounding down.</summary>
    private static ulong RoundSum(ExactFloat sum, bool firstNegative, bool secondNegative, FloatFormat f, string mode)
    {
        if (!sum.Mantissa.IsZero)
            return sum.Round(f, mode);
        bool negative = firstNegative == secondNegative ? firstNegative : mode == "rm";
        return negative ? f.SignBit : 0;
    }

    private static ulong Product(ulong a, ulong b, FloatFormat f, string mode)
    {
        ulong sign = (a ^ b) & f.SignBit;
        if (f.IsNaN(a) || f.IsNaN(b) || (f.IsInfinity(a) && f.IsZero(b)) || (f.IsZero(a) && f.IsInfinity(b)))
            return f.NaN;
        if (f.IsInfinity(a) || f.IsInfinity(b))
            return sign | f.Infinity;
        return f.IsZero(a) || f.IsZero(b) ? sign : (ExactFloat.FromBits(a, f) * ExactFloat.FromBits(b, f)).Round(f, mode);
    }

    private static ulong Fma(ulong a, ulong b, ulong c, FloatFormat f, string mode)
    {
        ulong sign = (a ^ b) & f.SignBit;
        if (f.IsNaN(a) || f.IsNaN(b) || f.IsNaN(c) || (f.IsInfinity(a) && f.IsZero(b)) || (f.IsZero(a) && f.IsInfinity(b)))
            return f.NaN;
        if (f.IsInfinity(a) || f.IsInfinity(b))
            return f.IsInfinity(c) && (c & f.SignBit) != sign ? f.NaN : sign | f.Infinity;
        if (f.IsInfinity(c))
            return c;
        return RoundSum((ExactFloat.FromBits(a, f) * ExactFloat.FromBits(b, f)) + ExactFloat.FromBits(c, f), sign != 0, f.IsNegative(c), f, mode);
    }

    private static ulong Quotient(ulong a, ulong b, FloatFormat f, string mode)
    {
        ulong sign = (a ^ b) & f.SignBit;
        if (f.IsNaN(a) || f.IsNaN(b) || (f.IsInfinity(a) && f.IsInfinity(b)) || (f.IsZero(a) && f.IsZero(b)))
            return f.NaN;
        if (f.IsInfinity(a) || f.IsZero(b))
            return sign | f.Infinity;
        return f.IsZero(a) || f.IsInfinity(b) ? sign : (ExactFloat.FromBits(a, f) / ExactFloat.FromBits(b, f)).Round(f, mode);
    }

    private static ulong Root(ulong a, FloatFormat f, string mode)
    {
        if (f.IsZero(a))
            return a;
        if (f.IsNaN(a) || f.IsNegative(a))
            return f.NaN;
        return f.IsInfinity(a) ? a : ExactFloat.Sqrt(ExactFloat.FromBits(a, f)).Round(f, mode);
    }

    /// <summary>Of two or three sources; <c>.abs</c> takes their magnitudes, and <c>.xorsign</c> gives the result the product of their signs.</summary>
    private static ulong Extremes(PtxInstruction i, ulong[] s, FloatFormat f, int side)
    {
        ulong sign = i.Has("xorsign") ? (s[0] ^ s[1]) & f.SignBit : 0;
        var sources = i.Has("abs") ? s.Select(x => x & ~f.SignBit) : s;
        ulong result = sources.Aggregate((a, b) => Extreme(a, b, f, side, i.Has("NaN")));
        return f.IsNaN(result) ? f.NaN : result | sign;
    }

    private static ulong Extreme(ulong a, ulong b, FloatFormat f, int side, bool nanWins)
    {
        if (f.IsNaN(a) || f.IsNaN(b))
            return nanWins || (f.IsNaN(a) && f.IsNaN(b)) ? f.NaN : f.IsNaN(a) ? b : a;
        int order = CompareFloats(a, b, f);
        if (order == 0)
            return f.IsNegative(a) == side < 0 ? a : b;
        return order == side ? a : b;
    }

    private static ulong Convert(PtxInstruction i, ulong[] s)
    {
        if (i.Has("pack"))
            return PackIntegers(i, s);
        if (i.Type is PtxType.E4M3x2 or PtxType.E5M2x2 || i.SecondType is PtxType.E4M3x2 or PtxType.E5M2x2)
            return Convert8(i, s);
        if (i.Type is PtxType.F16x2 or PtxType.BF16x2)
        {
            var format = FloatFormat.Of(i.Type);
            return Limited(i, FloatToFloat(s[0], FloatFormat.F32, format, Mode(i)), format) << 16 | Limited(i,
                FloatToFloat(s[1], FloatFormat.F32, format, Mode(i)), format);
        }
        if (i.Type == PtxType.TF32)
        {
            // The upper 19 bits of a 32-bit register; NaN fills it.
            ulong upper = Limited(i, FloatToFloat(s[0], FloatFormat.F32, FloatFormat.TF32, Mode(i)), FloatFormat.TF32);
            return FloatFormat.TF32.IsNaN(upper) ? FloatFormat.F32.NaN : upper << 13;
        }
        string? integral = new[] { "rni", "rzi", "rmi", "rpi" }.FirstOrDefault(i.Has);
        if (i.SecondType.IsInteger())
        {
            var value = Value(s[0], i.SecondType);
            if (i.Type.IsInteger())
                return Cut(i.Has("sat") ? Clamp(value, i.Type) : value, Width(i.Type));
            var to = FloatFormat.Of(i.Type);
            ulong rounded = value.IsZero ? 0 : new ExactFloat(value, 0).Round(to, Mode(i));
            return i.Has("sat") ? Saturate(rounded, to) : rounded;
        }
        var from = FloatFormat.Of(i.SecondType);
        ulong x = i.Has("ftz") && i.SecondType == PtxType.F32 ? from.Flush(s[0]) : s[0];
        if (i.Type.IsInteger())
            return FloatToInteger(x, from, i.Type, integral!);
        if (integral is not null && !from.IsNaN(x) && !from.IsInfinity(x) && !from.IsZero(x))
        {
            var whole = ExactFloat.FromBits(x, from).ToInteger(integral);
            x = whole.IsZero ? x & from.SignBit : new ExactFloat(whole, 0).Round(from, "rn");
        }
        var target = FloatFormat.Of(i.Type);
        ulong result = FloatToFloat(x, from, target, Mode(i));
        if (i.Has("ftz") && i.Type == PtxType.F32)
            result = target.Flush(result);
        return i.Has("sat") ? Saturate(result, target) : Limited(i, result, target);
    }

    /// <summary><c>.satfinite</c> makes infinity the largest number, <c>.relu</c> makes what is negative zero.</summary>
    private static ulong Limited(PtxInstruction i, ulong bits, FloatFormat format)
    {
        if (i.Has("satfinite") && format.IsInfinity(bits))
            bits--;
        return i.Has("relu") && format.IsNegative(bits) ? 0 : bits;
    }

    private static ulong FloatToFloat(ulong x, FloatFormat from, FloatFormat to, string mode)
    {
        ulong sign = from.IsNegative(x) ? to.SignBit : 0;
        if (from.IsNaN(x))
            return to.NaN;
        if (from.IsInfinity(x))
            return sign | to.Infinity;
        return from.IsZero(x) ? sign : ExactFloat.FromBits(x, from).Round(to, mode);
    }

    private static ulong FloatToInteger(ulong x, FloatFormat from, PtxType to, string mode)
    {
        if (from.IsNaN(x))
            return 0;
        var (low, high) = Range(to);
        var value = from.IsInfinity(x) ? from.IsNegative(x) ? low : high : Clamp(ExactFloat.FromBits(x, from).ToInteger(mode), to);
        return Cut(value, Width(to));
    }
}
