using System.Globalization;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>Numbers of the PTX types as text: what <c>kernels run</c> reads and prints. What it prints, it reads back to the same bits (NaNs as some
/// NaN).</summary>
internal static class ElementText
{
    /// <summary>
    /// The little-endian bytes of a number of a type, or null where the text is none: decimal or <c>0x</c> integers that fit; for floats also
    /// <c>inf</c>, <c>-inf</c> and <c>nan</c>. A finite number beyond a float type's largest is none; others are rounded once, to nearest even.
    /// </summary>
    public static byte[]? Parse(string text, PtxType type) => type.IsFloat() ? ParseFloat(text, type) : ParseInteger(text, type);

    /// <summary>
    /// The value of an element. The 16-bit floats show every digit of their value: <c>65504</c>, where the shortest text that rounds to it says 65500.
    /// </summary>
    public static string Format(ReadOnlySpan<byte> bytes, PtxType type) => type switch
    {
        PtxType.F64 => Format(BitConverter.ToDouble(bytes)),
        PtxType.F32 => float.IsFinite(BitConverter.ToSingle(bytes)) ? BitConverter.ToSingle(bytes).ToString("R", CultureInfo.InvariantCulture)
            : Format(BitConverter.ToSingle(bytes)),
        PtxType.F16 => Format((double)BitConverter.ToHalf(bytes)),
        PtxType.BF16 => Format(BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes) << 16)),
        PtxType.S64 => BitConverter.ToInt64(bytes).ToString(CultureInfo.InvariantCulture),
        PtxType.S32 => BitConverter.ToInt32(bytes).ToString(CultureInfo.InvariantCulture),
        PtxType.S16 => BitConverter.ToInt16(bytes).ToString(CultureInfo.InvariantCulture),
        PtxType.S8 => ((sbyte)bytes[0]).ToString(CultureInfo.InvariantCulture),
        _ => type.Size() switch
        {
            8 => BitConverter.ToUInt64(bytes).ToString(CultureInfo.InvariantCulture),
            4 => BitConverter.ToUInt32(bytes).ToString(CultureInfo.InvariantCulture),
            2 => BitConverter.ToUInt16(bytes).ToString(CultureInfo.InvariantCulture),
            _ => bytes[0].ToString(CultureInfo.InvariantCulture),
        },
    };

    private static string Format(double value) => value switch
    {
        double.PositiveInfinity => "inf",
        double.NegativeInfinity => "-inf",
        double.NaN => "nan",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static byte[]? ParseFloat(string text, PtxType type)
    {
        bool special = SpecialValue(text) is not null;
        if (SpecialValue(text) is not { } value && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return null;
        return Encode(value, type) is { } bytes && (special || double.IsFinite(ElementValue.ToDouble(bytes, type))) ? bytes : null;
    }

    /// <summary>The bytes of the nearest number of a float type, ties to even; null for types that are none.</summary>
    public static byte[]? Encode(double value, PtxType type) => type switch
    {
        PtxType.F64 => BitConverter.GetBytes(value),
        PtxType.F32 => BitConverter.GetBytes((float)value),
        PtxType.F16 => BitConverter.GetBytes((Half)value),
        PtxType.BF16 => BitConverter.GetBytes(ToBFloat16(value)),
        _ => null,
    };

    private static double? SpecialValue(string text) => text.TrimStart('+').ToLowerInvariant() switch
    {
        "inf" or "infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        "nan" or "-nan" => double.NaN,
        _ => null,
    };

    /// <summary>The bits of the nearest bfloat16, ties to even, rounded once.</summary>
    private static ushort ToBFloat16(double value)
    {
        if (double.IsNaN(value))
            return 0x7FC0;
        // To float32 by rounding to odd, which keeps what the second rounding must know.
        float single = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(single);
        if (single != value && (bits & 1) == 0)
            bits = Math.Abs((double)single) > Math.Abs(value) ? bits - 1 : bits + 1;
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    private static byte[]? ParseInteger(string text, PtxType type)
    {
        Int128 integer;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!Int128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out integer))
                return null;
        }
        else if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out integer))
        {
            return null;
        }
        int bits = type.Size() * 8;
        if (integer < -(Int128.One << (bits - 1)) || integer >= Int128.One << bits)
            return null;
        return BitConverter.GetBytes((ulong)(UInt128)integer)[..type.Size()];
    }
}
