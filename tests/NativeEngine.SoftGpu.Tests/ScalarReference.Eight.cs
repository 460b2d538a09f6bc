namespace NativeEngine.SoftGpu.Tests;

/// <content>8-bit floats: every code's value is known, so rounding is a search for the nearest.</content>
internal static partial class ScalarReference
{
    /// <summary>The value of an 8-bit code; NaN where it stands for none, infinity where the format has one.</summary>
    private static double Value8(int code, bool e4m3)
    {
        int fractionBits = e4m3 ? 3 : 2, bias = e4m3 ? 7 : 15;
        int magnitude = code & 127, exponent = magnitude >> fractionBits, fraction = magnitude & ((1 << fractionBits) - 1);
        if (e4m3 ? magnitude == 127 : exponent == 31)
            return e4m3 || fraction != 0 ? double.NaN : code > 127 ? double.NegativeInfinity : double.PositiveInfinity;
        double value = exponent == 0
            ? fraction * Math.Pow(2, 1 - bias - fractionBits)
            : (1 + fraction / (double)(1 << fractionBits)) * Math.Pow(2, exponent - bias);
        return code > 127 ? -value : value;
    }

    /// <summary>The nearest code, the even one of two, the largest number for what is beyond it.</summary>
    private static ulong Nearest8(double x, bool e4m3, bool relu)
    {
        if (double.IsNaN(x))
            return 127;
        if (relu && x <= 0)
            return 0;
        // What is beyond the largest number is nearest to it.
        double magnitude = Math.Min(Math.Abs(x), e4m3 ? 448 : 57344);
        int best = 0;
        for (int code = 0; code < 127; code++)
        {
            double value = Value8(code, e4m3);
            if (!double.IsFinite(value))
                continue;
            double distance = Math.Abs(magnitude - value), known = Math.Abs(magnitude - Value8(best, e4m3));
            if (distance < known || (distance == known && code % 2 == 0))
                best = code;
        }
        return (ulong)(double.IsNegative(x) ? best | 128 : best);
    }

    private static ulong Convert8(PtxInstruction i, ulong[] s)
    {
        bool relu = i.Has("relu");
        if (i.Type is PtxType.F16x2)
        {
            bool from4 = i.SecondType == PtxType.E4M3x2;
            ulong Half(ulong code)
            {
                double value = Value8((int)code, from4);
                return double.IsNaN(value) ? 0x7FFF : relu && (value < 0 || double.IsNegative(value)) ? 0ul : BitConverter.HalfToUInt16Bits((Half)value);
            }
            return Half(s[0] >> 8 & 255) << 16 | Half(s[0] & 255);
        }
        bool e4m3 = i.Type == PtxType.E4M3x2;
        double high, low;
        if (i.SecondType == PtxType.F16x2)
            (high, low) = ((double)BitConverter.UInt16BitsToHalf((ushort)(s[0] >> 16)), (double)BitConverter.UInt16BitsToHalf((ushort)s[0]));
        else
            (high, low) = (BitConverter.UInt32BitsToSingle((uint)s[0]), BitConverter.UInt32BitsToSingle((uint)s[1]));
        return Nearest8(high, e4m3, relu) << 8 | Nearest8(low, e4m3, relu);
    }
}
