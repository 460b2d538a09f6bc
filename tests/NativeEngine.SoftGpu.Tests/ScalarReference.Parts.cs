using System.Numerics;

namespace NativeEngine.SoftGpu.Tests;

/// <content>Integer instructions on parts of words, after the pseudo-code of the PTX manual.</content>
internal static partial class ScalarReference
{
    private static BigInteger Relu(PtxInstruction i, BigInteger value) => i.Has("relu") && value.Sign < 0 ? 0 : value;

    private static ulong Halves(PtxInstruction i, ulong[] s)
    {
        var half = i.Type == PtxType.S16x2 ? PtxType.S16 : PtxType.U16;
        ulong result = 0;
        for (int k = 0; k < 2; k++)
        {
            BigInteger a = Value(s[0] >> (16 * k), half), b = Value(s[1] >> (16 * k), half);
            var value = i.Opcode switch { "add" => a + b, "min" => BigInteger.Min(a, b), _ => BigInteger.Max(a, b) };
            result |= Cut(Relu(i, value), 16) << (16 * k);
        }
        return result;
    }

    /// <summary>t = a * b of 24 bits each; hi is t&lt;47..16&gt;, lo is t&lt;31..0&gt;.</summary>
    private static ulong Short24(PtxInstruction i, ulong[] s)
    {
        BigInteger Low24(ulong bits)
        {
            BigInteger value = bits & 0xFF_FFFF;
            return i.Type == PtxType.S32 && value >= 1 << 23 ? value - (1 << 24) : value;
        }
        var product = Low24(s[0]) * Low24(s[1]);
        var word = Value(Cut(i.Has("hi") ? product >> 16 : product, 32), i.Type);
        if (i.Opcode == "mad24")
            word += Value(s[2], i.Type);
        return Cut(i.Has("sat") ? Clamp(word, i.Type) : word, 32);
    }

    private static ulong DotProduct(PtxInstruction i, ulong[] s)
    {
        bool four = i.Opcode == "dp4a";
        var wide = four ? (i.Type.IsSigned() ? PtxType.S8 : PtxType.U8) : i.Type.IsSigned() ? PtxType.S16 : PtxType.U16;
        var narrow = i.SecondType.IsSigned() ? PtxType.S8 : PtxType.U8;
        BigInteger sum = s[2];
        for (int k = 0; k < (four ? 4 : 2); k++)
            sum += Value(s[0] >> (Width(wide) * k), wide) * Value(s[1] >> (8 * k + (!four && i.Has("hi") ? 16 : 0)), narrow);
        return Cut(sum, 32);
    }

    private static ulong BitMask(ulong[] s, bool clamp)
    {
        uint a = (uint)s[0], b = (uint)s[1];
        uint a1 = a & 0x1f, mask0 = ~0u << (int)a1;
        uint b1 = b & 0x1f, sum = a1 + b1;
        uint mask1 = ~0u << (int)sum;
        bool sumOverflow = sum >= 32, positionOverflow = false, widthOverflow = false;
        if (clamp)
        {
            if (a >= 32)
            {
                positionOverflow = true;
                mask0 = 0;
            }
            if (b >= 32)
                widthOverflow = true;
        }
        if (sumOverflow || positionOverflow || widthOverflow)
            mask1 = 0;
        else if (b1 == 0)
            mask1 = ~0u;
        return mask0 & ~mask1;
    }

    private static ulong ExtendBits(ulong[] s, bool clamp, bool signed)
    {
        uint a = (uint)s[0], b = (uint)s[1], b1 = b & 0x1f;
        bool tooLarge = b >= 32 && clamp;
        uint mask = tooLarge ? 0 : ~0u << (int)b1;
        int signPosition = (int)((b1 - 1) & 0x1f);
        bool sign = b1 != 0 && !tooLarge && signed && (a >> signPosition & 1) != 0;
        return (a & ~mask) | (sign ? mask : 0);
    }

    private static ulong FindNthSet(ulong[] s)
    {
        ulong mask = s[0];
        long position = (long)s[1];
        int offset = (int)s[2];
        if (offset == 0)
            return position < 32 && (mask >> (int)position & 1) != 0 ? s[1] : 0xffffffff;
        long count = Math.Abs((long)offset) - 1;
        for (int step = offset > 0 ? 1 : -1; position is >= 0 and < 32; position += step)
        {
            if ((mask >> (int)position & 1) == 0)
                continue;
            if (count-- == 0)
                return (ulong)position;
        }
        return 0xffffffff;
    }

    private static ulong PackIntegers(PtxInstruction i, ulong[] s)
    {
        string type = i.Modifiers[2];
        int size = int.Parse(type[1..]);
        BigInteger low = type[0] == 's' ? -(BigInteger.One << (size - 1)) : 0, high = low + (BigInteger.One << size) - 1;
        ulong Clamped(ulong bits) => Cut(BigInteger.Min(BigInteger.Max(Value(bits, PtxType.S32), low), high), size);
        ulong shifted = s.Length > 2 ? s[2] << (2 * size) : 0;
        return (shifted | Clamped(s[0]) << size | Clamped(s[1])) & 0xffffffff;
    }
}
