using System.Numerics;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>What one instruction computes in one thread, from the text of the PTX manual: integers by BigInteger, floats by <see cref="ExactFloat"/>.</summary>
internal static partial class ScalarReference
{
    /// <summary>The result's bits. Sources are raw bits; predicates are 0 and 1. A pair result keeps its second predicate in bit 63 of a second
    /// value.</summary>
    public static ulong Evaluate(PtxInstruction i, ulong[] s) => i.Opcode switch
    {
        "setp" => Setp(i, s) ? 1UL : 0,
        "set" => Set(i, s),
        "selp" => s[2] != 0 ? s[0] : s[1],
        "slct" => Slct(i, s),
        "testp" => TestProperty(i.Modifiers[0], FloatFormat.Of(i.Type), s[0]) ? 1UL : 0,
        "mov" => s[0],
        "cvt" => Convert(i, s),
        _ when i.Type is PtxType.F16x2 or PtxType.BF16x2 => PackedFloat(i, s),
        _ when i.Type.IsFloat() => Float(i, FloatFormat.Of(i.Type), s),
        _ => Integer(i, s),
    };

    private static int Width(PtxType type) => type == PtxType.Pred ? 1 : type.Size() * 8;

    private static BigInteger Value(ulong bits, PtxType type)
    {
        int width = Width(type);
        BigInteger value = width == 64 ? bits : bits & ((1UL << width) - 1);
        return type.IsSigned() && value >> (width - 1) == 1 ? value - (BigInteger.One << width) : value;
    }

    private static ulong Cut(BigInteger value, int width) => (ulong)(value & ((BigInteger.One << width) - 1));

    private static (BigInteger Low, BigInteger High) Range(PtxType type)
    {
        int width = Width(type);
        return type.IsSigned() ? (-(BigInteger.One << (width - 1)), (BigInteger.One << (width - 1)) - 1) : (0, (BigInteger.One << width) - 1);
    }

    private static BigInteger Clamp(BigInteger value, PtxType type)
    {
        var (low, high) = Range(type);
        return BigInteger.Min(BigInteger.Max(value, low), high);
    }

    private static ulong Integer(PtxInstruction i, ulong[] s)
    {
        var type = i.Type;
        if (type is PtxType.U16x2 or PtxType.S16x2)
            return Halves(i, s);
        int width = Width(type);
        BigInteger a = Value(s[0], type), b = s.Length > 1 ? Value(s[1], type) : 0;
        BigInteger product = a * b;
        BigInteger chosen = i.Has("hi") ? product >> width : product;
        switch (i.Opcode)
        {
            case "add": return Cut(i.Has("sat") ? Clamp(a + b, type) : a + b, width);
            case "sub": return Cut(i.Has("sat") ? Clamp(a - b, type) : a - b, width);
            // Without a carry from before, addc and subc are add and sub.
            case "addc": return Cut(a + b, width);
            case "subc": return Cut(a - b, width);
            case "mul": return Cut(chosen, i.Has("wide") ? 2 * width : width);
            case "mad" when i.Has("sat"): return Cut(Clamp(chosen + Value(s[2], type), type), width);
            case "madc": return Cut(chosen + Value(s[2], type), width);
            case "mul24" or "mad24": return Short24(i, s);
            case "sad": return Cut(Value(s[2], type) + BigInteger.Abs(a - b), width);
            case "dp4a" or "dp2a": return DotProduct(i, s);
            case "bmsk": return BitMask(s, i.Has("clamp"));
            case "szext": return ExtendBits(s, i.Has("clamp"), type.IsSigned());
            case "fns": return FindNthSet(s);
            case "mad": return i.Has("wide") ? Cut(product + s[2], 2 * width) : Cut(chosen + Value(s[2], type), width);
            case "div": return b.IsZero ? Cut(-1, width) : Cut(BigInteger.Divide(a, b), width);
            case "rem": return b.IsZero ? Cut(a, width) : Cut(BigInteger.Remainder(a, b), width);
            case "abs": return Cut(BigInteger.Abs(a), width);
            case "neg": return Cut(-a, width);
            case "min": return Cut(Relu(i, BigInteger.Min(a, b)), width);
            case "max": return Cut(Relu(i, BigInteger.Max(a, b)), width);
            case "popc": return (ulong)Bits(s[0], width).Count(bit => bit);
            case "clz": return (ulong)Bits(s[0], width).Reverse().TakeWhile(bit => !bit).Count();
            case "bfind": return FindBit(s[0], type, i.Has("shiftamt"));
            case "brev": return Bits(s[0], width).Reverse().Select((bit, k) => bit ? 1UL << k : 0).Aggregate(0UL, (x, y) => x | y);
            case "bfe": return Extract(s, type);
            case "bfi": return Insert(s, width);
            case "and": return s[0] & s[1];
            case "or": return s[0] | s[1];
            case "xor": return s[0] ^ s[1];
            case "not": return Cut(~a, width);
            case "cnot": return a.IsZero ? 1UL : 0;
            case "shl": return s[1] >= (ulong)width ? 0 : Cut(a << (int)s[1], width);
            case "shr": return Cut(a >> (int)Math.Min(s[1], 64), width);
            case "shf": return Funnel(i, s);
            case "lop3": return Logic(s);
            case "prmt": return Permute(i, s);
            default: throw new InvalidOperationException($"no reference for {i}");
        }
    }

    private static IEnumerable<bool> Bits(ulong value, int width) => Enumerable.Range(0, width).Select(k => (value >> k & 1) != 0);

    private static ulong FindBit(ulong bits, PtxType type, bool amount)
    {
        int width = Width(type);
        var value = Value(bits, type);
        var positions = Bits(Cut(value.Sign < 0 ? ~value : value, width), width).ToArray();
        int top = Array.FindLastIndex(positions, bit => bit);
        return top < 0 ? 0xFFFF_FFFF : (ulong)(amount ? width - 1 - top : top);
    }

    private static ulong Extract(ulong[] s, PtxType type)
    {
        int width = Width(type), position = (int)(s[1] & 255), length = (int)(s[2] & 255);
        bool sign = type.IsSigned() && length > 0 && (s[0] >> Math.Min(position + length - 1, width - 1) & 1) != 0;
        ulong result = 0;
        for (int k = 0; k < width; k++)
        {
            bool bit = k < length && position + k < width ? (s[0] >> (position + k) & 1) != 0 : sign;
            if (bit)
                result |= 1UL << k;
        }
        return result;
    }

    private static ulong Insert(ulong[] s, int width)
    {
        int position = (int)(s[2] & 255), length = (int)(s[3] & 255);
        ulong result = s[1];
        for (int k = 0; k < length && position + k < width; k++)
            result = (result & ~(1UL << (position + k))) | (k < 64 ? (s[0] >> k & 1) << (position + k) : 0);
        return result;
    }

    private static ulong Funnel(PtxInstruction i, ulong[] s)
    {
        int n = i.Has("wrap") ? (int)(s[2] & 31) : (int)Math.Min(s[2], 32);
        BigInteger pair = ((BigInteger)s[1] << 32) | s[0];
        return Cut(i.Has("l") ? (pair << n) >> 32 : pair >> n, 32);
    }

    private static ulong Logic(ulong[] s)
    {
        ulong result = 0;
        for (int k = 0; k < 32; k++)
        {
            int row = (int)((s[0] >> k & 1) << 2 | (s[1] >> k & 1) << 1 | (s[2] >> k & 1));
            result |= (s[^1] >> row & 1) << k;
        }
        return result;
    }

    private static ulong Permute(PtxInstruction i, ulong[] s)
    {
        byte[] bytes = [.. BitConverter.GetBytes((uint)s[0]), .. BitConverter.GetBytes((uint)s[1])];
        int c = (int)(s[2] & 3);
        string? mode = new[] { "f4e", "b4e", "rc8", "ecl", "ecr", "rc16" }.FirstOrDefault(i.Has);
        // Rows of the manual's tables, byte 0 first.
        int[] selectors = mode switch
        {
            "f4e" => [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6]],
            "b4e" => [[0, 7, 6, 5], [1, 0, 7, 6], [2, 1, 0, 7], [3, 2, 1, 0]],
            "rc8" => [[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]],
            "ecl" => [[0, 1, 2, 3], [1, 1, 2, 3], [2, 2, 2, 3], [3, 3, 3, 3]],
            "ecr" => [[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2], [0, 1, 2, 3]],
            "rc16" => [[0, 1, 0, 1], [2, 3, 2, 3], [0, 1, 0, 1], [2, 3, 2, 3]],
            _ => new int[][] { [], [], [], [] },
        } is var rows && mode is not null ? rows[c] : [.. Enumerable.Range(0, 4).Select(k => (int)(s[2] >> (4 * k) & 15))];
        ulong result = 0;
        for (int k = 0; k < 4; k++)
        {
            int value = bytes[selectors[k] & 7];
            if ((selectors[k] & 8) != 0)
                value = (value & 128) != 0 ? 255 : 0;
            result |= (ulong)value << (8 * k);
        }
        return result;
    }

    private static readonly string[] Comparisons =
        ["eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"];

    private static string Comparison(PtxInstruction i) => Comparisons.First(i.Has);

    private static bool Setp(PtxInstruction i, ulong[] s)
    {
        // The first result of a pair of halves is that of the low ones.
        ulong keep = i.Type is PtxType.F16x2 or PtxType.BF16x2 ? 0xFFFF : ulong.MaxValue;
        return Combined(i, Compare(Comparison(i), i.Type, s[0] & keep, s[1] & keep, i.Has("ftz")), s);
    }

    private static bool Combined(PtxInstruction i, bool compared, ulong[] s) =>
        i.Has("and") ? compared & s[2] != 0 : i.Has("or") ? compared | s[2] != 0 : i.Has("xor") ? compared ^ s[2] != 0 : compared;

    private static ulong Set(PtxInstruction i, ulong[] s)
    {
        ulong one = i.Type switch
        {
            PtxType.F32 => 0x3F80_0000,
            PtxType.F16 or PtxType.F16x2 => 0x3C00,
            PtxType.BF16 or PtxType.BF16x2 => 0x3F80,
            PtxType.U16 or PtxType.S16 => 0xFFFF,
            _ => i.SecondType is PtxType.F16x2 or PtxType.BF16x2 ? 0xFFFF : 0xFFFF_FFFF,
        };
        if (i.SecondType is not (PtxType.F16x2 or PtxType.BF16x2))
            return Combined(i, Compare(Comparison(i), i.SecondType, s[0], s[1], i.Has("ftz")), s) ? one : 0;
        ulong low = Combined(i, Compare(Comparison(i), i.SecondType, s[0] & 0xFFFF, s[1] & 0xFFFF, i.Has("ftz")), s) ? one : 0;
        ulong high = Combined(i, Compare(Comparison(i), i.SecondType, s[0] >> 16 & 0xFFFF, s[1] >> 16 & 0xFFFF, i.Has("ftz")), s) ? one : 0;
        return low | high << 16;
    }

    private static bool Compare(string comparison, PtxType type, ulong a, ulong b, bool ftz)
    {
        int order;
        bool unordered = false;
        if (type.IsFloat())
        {
            var format = FloatFormat.Of(type);
            if (ftz)
                (a, b) = (format.Flush(a), format.Flush(b));
            unordered = format.IsNaN(a) || format.IsNaN(b);
            order = unordered ? 0 : CompareFloats(a, b, format);
        }
        else
        {
            order = Value(a, type).CompareTo(Value(b, type));
        }
        return comparison switch
        {
            "num" => !unordered,
            "nan" => unordered,
            "eq" => !unordered && order == 0,
            "ne" => !unordered && order != 0,
            "lt" or "lo" => !unordered && order < 0,
            "le" or "ls" => !unordered && order <= 0,
            "gt" or "hi" => !unordered && order > 0,
            "ge" or "hs" => !unordered && order >= 0,
            "equ" => unordered || order == 0,
            "neu" => unordered || order != 0,
            "ltu" => unordered || order < 0,
            "leu" => unordered || order <= 0,
            "gtu" => unordered || order > 0,
            _ => unordered || order >= 0,
        };
    }

    private static int CompareFloats(ulong a, ulong b, FloatFormat format)
    {
        // An infinity as a number works: its bits read as one more than the largest exponent.
        var difference = ExactFloat.FromBits(a, format) + -ExactFloat.FromBits(b, format);
        return difference.Mantissa.Sign;
    }

    private static ulong Slct(PtxInstruction i, ulong[] s)
    {
        if (i.SecondType == PtxType.S32)
            return (int)s[2] >= 0 ? s[0] : s[1];
        ulong c = i.Has("ftz") ? FloatFormat.F32.Flush(s[2]) : s[2];
        return !FloatFormat.F32.IsNaN(c) && (!FloatFormat.F32.IsNegative(c) || FloatFormat.F32.IsZero(c)) ? s[0] : s[1];
    }

    private static bool TestProperty(string property, FloatFormat format, ulong x) => property switch
    {
        "finite" => !format.IsNaN(x) && !format.IsInfinity(x),
        "infinite" => format.IsInfinity(x),
        "number" => !format.IsNaN(x),
        "notanumber" => format.IsNaN(x),
        "normal" => !format.IsNaN(x) && !format.IsInfinity(x) && !format.IsZero(x) && !format.IsSubnormal(x),
        _ => format.IsSubnormal(x),
    };
}
