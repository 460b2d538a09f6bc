using System.Globalization;
using System.Numerics;
using System.Text;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Formats as C's printf does: flags <c>- + space # 0</c>, width, precision (both may be <c>*</c>), sizes <c>hh h l ll z j t</c>, and the conversions
/// <c>d i u o x X c s p f F e E g G a A %</c>. Decimal digits are exact, halves round to even. What is no conversion is printed as it stands.
/// </summary>
internal static class PrintFormat
{
    /// <summary>Widths and precisions are cut to this: no sensible output is larger, and it bounds what a kernel can make the host do.</summary>
    private const int Longest = 4096;

    /// <summary>Appends formatted text; returns the number of arguments that were used.</summary>
    public static int Append(List<byte> output, byte[] format, PrintArguments arguments)
    {
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                output.Add(format[at]);
                continue;
            }
            int start = at++;
            var spec = Parse(format, ref at, arguments);
            if (at >= format.Length || !AppendConversion(output, spec, (char)format[at], arguments))
                output.AddRange(format.AsSpan(start, Math.Min(at + 1, format.Length) - start));
        }
        return arguments.Count;
    }

    /// <summary>What stands between % and the conversion.</summary>
    private record struct Spec(bool Left, bool Plus, bool Space, bool Alternate, bool Zero, int Width, int Precision, int Size);

    private static Spec Parse(byte[] format, ref int at, PrintArguments arguments)
    {
        var spec = new Spec { Precision = -1, Size = 4 };
        for (; at < format.Length; at++)
        {
            switch ((char)format[at])
            {
                case '-': spec.Left = true; continue;
                case '+': spec.Plus = true; continue;
                case ' ': spec.Space = true; continue;
                case '#': spec.Alternate = true; continue;
                case '0': spec.Zero = true; continue;
            }
            break;
        }
        int width = Number(format, ref at, arguments);
        spec.Left |= width < 0;
        spec.Width = Math.Min(Math.Abs(width), Longest);
        if (at < format.Length && format[at] == '.')
        {
            at++;
            int precision = Number(format, ref at, arguments);
            spec.Precision = precision < 0 ? -1 : precision;
        }
        int shorts = 0;
        for (; at < format.Length && (char)format[at] is 'h' or 'l' or 'L' or 'z' or 'j' or 't' or 'q'; at++)
        {
            if (format[at] == 'h')
                spec.Size = ++shorts == 1 ? 2 : 1;
            else
                spec.Size = 8;
        }
        return spec;
    }

    private static int Number(byte[] format, ref int at, PrintArguments arguments)
    {
        if (at < format.Length && format[at] == '*')
        {
            at++;
            return Math.Clamp((int)(uint)arguments.Next(4), -Longest, Longest);
        }
        int number = 0;
        for (; at < format.Length && char.IsAsciiDigit((char)format[at]); at++)
            number = Math.Min(10 * number + format[at] - '0', Longest);
        return number;
    }

    private static bool AppendConversion(List<byte> output, Spec spec, char conversion, PrintArguments arguments)
    {
        switch (conversion)
        {
            case '%':
                output.Add((byte)'%');
                return true;
            case 'd' or 'i':
                long value = spec.Size == 8 ? (long)arguments.Next(8) : (int)(uint)arguments.Next(4);
                value = spec.Size == 2 ? (short)value : spec.Size == 1 ? (sbyte)value : value;
                AppendNumber(output, spec, value < 0, "", Digits(BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture), spec), spec.Precision < 0);
                return true;
            case 'u' or 'o' or 'x' or 'X':
                AppendUnsigned(output, spec, conversion, arguments);
                return true;
            case 'c':
                Pad(output, spec, [(byte)arguments.Next(4)]);
                return true;
            case 's':
                ulong address = arguments.Next(8);
                byte[] text = address == 0 ? "(null)"u8.ToArray() : arguments.TextAt(address);
                Pad(output, spec, spec.Precision >= 0 && spec.Precision < text.Length ? text[..spec.Precision] : text);
                return true;
            case 'p':
                ulong pointer = arguments.Next(8);
                Pad(output, spec, Encoding.ASCII.GetBytes(pointer == 0 ? "(nil)" : $"0x{pointer:x}"));
                return true;
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G' or 'a' or 'A':
                AppendFloat(output, spec, conversion, BitConverter.UInt64BitsToDouble(arguments.Next(8)));
                return true;
            default:
                return false;
        }
    }

    private static void AppendUnsigned(List<byte> output, Spec spec, char conversion, PrintArguments arguments)
    {
        ulong value = spec.Size == 8 ? arguments.Next(8) : (uint)arguments.Next(4);
        value = spec.Size == 2 ? (ushort)value : spec.Size == 1 ? (byte)value : value;
        string digits = conversion switch
        {
            'u' => value.ToString(CultureInfo.InvariantCulture),
            'o' => Octal(value),
            'x' => value.ToString("x", CultureInfo.InvariantCulture),
            _ => value.ToString("X", CultureInfo.InvariantCulture),
        };
        digits = Digits(digits, spec);
        if (spec.Alternate && conversion == 'o' && !digits.StartsWith('0'))
            digits = "0" + digits;
        string prefix = spec.Alternate && value != 0 && conversion != 'u' && conversion != 'o' ? "0" + conversion : "";
        AppendNumber(output, spec with { Plus = false, Space = false }, false, prefix, digits, spec.Precision < 0);
    }

    private static string Octal(ulong value)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (char)('0' + (int)(value & 7)));
            value >>= 3;
        }
        while (value != 0);
        return digits.ToString();
    }

    /// <summary>At least as many digits as the precision says; zero with precision zero has none.</summary>
    private static string Digits(string digits, Spec spec) => spec.Precision == 0 && digits == "0" ? "" : digits.PadLeft(Math.Max(0, spec.Precision), '0');

    /// <summary>Sign, prefix and digits, padded with blanks or (between prefix and digits) with zeros.</summary>
    private static void AppendNumber(List<byte> output, Spec spec, bool negative, string prefix, string digits, bool mayFill)
    {
        string head = (negative ? "-" : spec.Plus ? "+" : spec.Space ? " " : "") + prefix;
        if (spec.Zero && !spec.Left && mayFill)
            digits = digits.PadLeft(Math.Max(0, spec.Width - head.Length), '0');
        Pad(output, spec, Encoding.ASCII.GetBytes(head + digits));
    }

    private static void Pad(List<byte> output, Spec spec, byte[] text)
    {
        int blanks = Math.Max(0, spec.Width - text.Length);
        if (!spec.Left)
            output.AddRange(Enumerable.Repeat((byte)' ', blanks));
        output.AddRange(text);
        if (spec.Left)
            output.AddRange(Enumerable.Repeat((byte)' ', blanks));
    }

    private static void AppendFloat(List<byte> output, Spec spec, char conversion, double value)
    {
        bool upper = char.IsAsciiLetterUpper(conversion), negative = double.IsNegative(value);
        if (!double.IsFinite(value))
        {
            string name = double.IsNaN(value) ? "nan" : "inf";
            AppendNumber(output, spec, negative, "", upper ? name.ToUpperInvariant() : name, mayFill: false);
            return;
        }
        value = Math.Abs(value);
        int precision = spec.Precision < 0 ? 6 : spec.Precision;
        string prefix = "";
        string digits = char.ToLowerInvariant(conversion) switch
        {
            'f' => Fixed(value, precision, spec.Alternate),
            'e' => Exponential(value, precision, spec.Alternate),
            'g' => General(value, Math.Max(1, precision), spec.Alternate),
            _ => Hexadecimal(value, spec.Precision, spec.Alternate, out prefix),
        };
        AppendNumber(output, spec, negative, upper ? prefix.ToUpperInvariant() : prefix, upper ? digits.ToUpperInvariant() : digits, mayFill: true);
    }

    /// <summary>value * 10^scale, rounded to an integer, halves to even.</summary>
    private static BigInteger Scaled(double value, int scale)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger numerator = (bits & 0xF_FFFF_FFFF_FFFF) | (exponent == 0 ? 0 : 1L << 52), denominator = BigInteger.One;
        int power = Math.Max(1, exponent) - 1075;
        if (scale >= 0)
            numerator *= BigInteger.Pow(10, scale);
        else
            denominator = BigInteger.Pow(10, -scale);
        if (power >= 0)
            numerator <<= power;
        else
            denominator <<= -power;
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        int half = (remainder * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static string Fixed(double value, int precision, bool alternate)
    {
        string digits = Scaled(value, precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        return precision == 0 ? digits + (alternate ? "." : "") : digits[..^precision] + "." + digits[^precision..];
    }

    /// <summary>precision + 1 significant digits and the decimal exponent of the first.</summary>
    private static (string Digits, int Exponent) Significant(double value, int precision)
    {
        if (value == 0)
            return (new string('0', precision + 1), 0);
        int exponent = (int)Math.Floor(Math.Log10(value));
        while (true)
        {
            string digits = Scaled(value, precision - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == precision + 1)
                return (digits, exponent);
            // Rounding up gave one digit more, or the logarithm was off by one.
            exponent += digits.Length > precision + 1 ? 1 : -1;
        }
    }

    private static string Exponential(double value, int precision, bool alternate)
    {
        var (digits, exponent) = Significant(value, precision);
        return WithExponent(precision == 0 ? digits + (alternate ? "." : "") : digits[..1] + "." + digits[1..], exponent);
    }

    private static string WithExponent(string mantissa, int exponent) => $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";

    private static string General(double value, int precision, bool alternate)
    {
        int exponent = Significant(value, precision - 1).Exponent;
        bool plain = exponent >= -4 && exponent < precision;
        string text = plain ? Fixed(value, precision - 1 - exponent, alternate) : Exponential(value, precision - 1, alternate);
        if (alternate || !text.Contains('.'))
            return text;
        int end = plain ? text.Length : text.IndexOf('e');
        return text[..end].TrimEnd('0').TrimEnd('.') + text[end..];
    }

    /// <summary>One hexadecimal digit, a fraction as long as it is or as the precision says, and a binary exponent.</summary>
    private static string Hexadecimal(double value, int precision, bool alternate, out string prefix)
    {
        prefix = "0x";
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52);
        ulong mantissa = ((ulong)bits & 0xF_FFFF_FFFF_FFFF) | (exponent == 0 ? 0 : 1UL << 52);
        exponent = mantissa == 0 ? 0 : Math.Max(1, exponent) - 1023;
        if (precision is >= 0 and < 13)
        {
            int dropped = 4 * (13 - precision);
            ulong rest = mantissa & ((1UL << dropped) - 1), half = 1UL << (dropped - 1);
            mantissa >>= dropped;
            mantissa += rest > half || (rest == half && (mantissa & 1) != 0) ? 1u : 0;
            mantissa <<= dropped;
        }
        string fraction = (mantissa & 0xF_FFFF_FFFF_FFFF).ToString("x13", CultureInfo.InvariantCulture);
        fraction = precision < 0 ? fraction.TrimEnd('0') : precision <= 13 ? fraction[..precision] : fraction.PadRight(precision, '0');
        string point = fraction.Length > 0 || alternate ? "." : "";
        return $"{mantissa >> 52}{point}{fraction}p{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent)}";
    }
}
