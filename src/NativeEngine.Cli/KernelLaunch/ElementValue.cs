using System.Buffers.Binary;
using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>Numbers of the PTX types as numbers, and as those of NumPy.</summary>
internal static class ElementValue
{
    /// <summary>The value of a float or an integer; integers beyond 2^53 are rounded.</summary>
    public static double ToDouble(ReadOnlySpan<byte> bytes, PtxType type) => type switch
    {
        PtxType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        PtxType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        PtxType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        PtxType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        _ => (double)ToInteger(bytes, type),
    };

    /// <summary>The value of an integer; untyped bits and packed pairs count as unsigned.</summary>
    public static Int128 ToInteger(ReadOnlySpan<byte> bytes, PtxType type)
    {
        ulong bits = 0;
        for (int i = type.Size() - 1; i >= 0; i--)
            bits = bits << 8 | bytes[i];
        int unused = 64 - 8 * type.Size();
        return type.IsSigned() ? (long)(bits << unused) >> unused : bits;
    }

    /// <summary>True for types whose elements are compared and stored as integers.</summary>
    public static bool IsIntegral(PtxType type) => !type.IsFloat() || type is PtxType.F16x2 or PtxType.BF16x2;

    /// <summary>The element as a value that JSON shows whole: a number, or the text of an infinity or NaN.</summary>
    public static object ToJson(ReadOnlySpan<byte> bytes, PtxType type)
    {
        if (IsIntegral(type))
            return type.IsSigned() ? (long)ToInteger(bytes, type) : (ulong)ToInteger(bytes, type);
        double value = ToDouble(bytes, type);
        return !double.IsFinite(value) ? ElementText.Format(bytes, type) : type == PtxType.F32 ? (float)value : value;
    }

    /// <summary>The PTX type of NumPy's elements.</summary>
    public static PtxType OfNumPy(string type) => type switch
    {
        "f2" => PtxType.F16,
        "f4" => PtxType.F32,
        "f8" => PtxType.F64,
        "i1" => PtxType.S8,
        "i2" => PtxType.S16,
        "i4" => PtxType.S32,
        "i8" => PtxType.S64,
        "u2" => PtxType.U16,
        "u4" => PtxType.U32,
        "u8" => PtxType.U64,
        _ => PtxType.U8, // bool too
    };

    /// <summary>NumPy's type for elements of a type. It has no bfloat16: float32 holds each of its values.</summary>
    public static string NumPyType(PtxType type) => type == PtxType.BF16 ? "f4" : $"{(IsIntegral(type) ? type.IsSigned() ? 'i' : 'u' : 'f')}{type.Size()}";

    /// <summary>The elements of an array as those of another type, which must hold each of them exactly.</summary>
    /// <exception cref="DataException">It does not; the first such element is named.</exception>
    public static byte[] Convert(byte[] data, PtxType from, PtxType to, string path)
    {
        int size = from.Size(), wanted = to.Size(), count = data.Length / size;
        if (from == to || size == wanted && (to.IsBits() || to is PtxType.F16x2 or PtxType.BF16x2))
            return data;
        byte[] bytes = new byte[count * wanted];
        for (int i = 0; i < count; i++)
        {
            var element = data.AsSpan(i * size, size);
            if (Convert(element, from, to) is not { } converted)
                throw new DataException($"{path}: element {i} is {ElementText.Format(element, from)} ({from.Spelling()}), which {to.Spelling()} cannot "
                    + $"hold exactly; save the array as {(to == PtxType.BF16 ? "values of bf16" : NumPyName(to))}");
            converted.CopyTo(bytes, i * wanted);
        }

        return bytes;
    }

    private static byte[]? Convert(ReadOnlySpan<byte> element, PtxType from, PtxType to)
    {
        if (!IsIntegral(to))
        {
            double value = ToDouble(element, from);
            if (IsIntegral(from) && (Int128)value != ToInteger(element, from))
                return null;
            byte[] bytes = ElementText.Encode(value, to)!;
            return ToDouble(bytes, to).Equals(value) ? bytes : null;
        }

        Int128 integer;
        if (IsIntegral(from))
            integer = ToInteger(element, from);
        else if (ToDouble(element, from) is var value && Math.Abs(value) < 18446744073709551616.0 && value == Math.Truncate(value))
            integer = (Int128)value;
        else
            return null;
        int bits = 8 * to.Size();
        Int128 least = to.IsSigned() ? -(Int128.One << (bits - 1)) : 0, most = (Int128.One << (to.IsSigned() ? bits - 1 : bits)) - 1;
        return integer < least || integer > most ? null : BitConverter.GetBytes((ulong)(UInt128)integer)[..to.Size()];
    }

    private static string NumPyName(PtxType type) => new NpyArray(NumPyType(type), [], []).TypeName;
}
