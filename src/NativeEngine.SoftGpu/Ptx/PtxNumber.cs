using System.Globalization;

namespace NativeEngine.SoftGpu;

/// <summary>The value of a PTX number: an integer of 64 bits, or a floating-point constant given by its bits or in decimal.</summary>
internal readonly record struct PtxNumber(bool IsFloat, ulong Bits, PtxType Exact)
{
    /// <summary>The constant as a double; <c>0f...</c> constants widen exactly.</summary>
    public double Value => Exact == PtxType.F32 ? BitConverter.UInt32BitsToSingle((uint)Bits) : BitConverter.UInt64BitsToDouble(Bits);

    /// <summary>Reads decimal, <c>0x</c>, <c>0b</c>, octal (leading 0), <c>0fXXXXXXXX</c>, <c>0dXXXXXXXXXXXXXXXX</c> and decimal fractions.</summary>
    public static bool TryParse(string text, out PtxNumber number)
    {
        number = default;
        char kind = text.Length > 1 && text[0] == '0' ? char.ToLowerInvariant(text[1]) : '\0';
        string digits = text.Length > 2 ? text[2..] : "";
        if (kind is 'f' or 'd')
        {
            if (digits.Length != (kind == 'f' ? 8 : 16) || !ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, null, out ulong bits))
                return false;
            number = new PtxNumber(true, bits, kind == 'f' ? PtxType.F32 : PtxType.F64);
            return true;
        }
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0 && kind is not ('x' or 'b'))
        {
            const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            if (!double.TryParse(text, style, CultureInfo.InvariantCulture, out double value))
                return false;
            number = new PtxNumber(true, BitConverter.DoubleToUInt64Bits(value), PtxType.F64);
            return true;
        }
        bool ok;
        ulong integer;
        if (text.EndsWith('U'))
        {
            text = text[..^1];
            digits = digits.Length > 0 ? digits[..^1] : digits;
        }
        if (kind == 'x')
            ok = ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, null, out integer);
        else if (kind == 'b')
            ok = ulong.TryParse(digits, NumberStyles.AllowBinarySpecifier, null, out integer);
        else if (text.Length > 1 && text[0] == '0')
            ok = TryOctal(text, out integer);
        else
            ok = ulong.TryParse(text, NumberStyles.None, null, out integer);
        number = new PtxNumber(false, integer, PtxType.None);
        return ok;
    }

    private static bool TryOctal(string text, out ulong value)
    {
        value = 0;
        foreach (char c in text)
        {
            if (c is < '0' or > '7' || value >> 61 != 0)
                return false;
            value = value << 3 | (uint)(c - '0');
        }
        return true;
    }
}
