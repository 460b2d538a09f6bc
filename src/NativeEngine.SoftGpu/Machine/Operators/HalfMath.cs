using System.Numerics;

namespace NativeEngine.SoftGpu;

internal enum HalfKind : byte
{
    Add,
    Subtract,
    Multiply,
    Fma,
    Min,
    Max,
    Abs,
    Negate,
}

/// <summary>What a half-precision operation does besides its arithmetic.</summary>
/// <param name="Flush">Subnormal sources and results become zero.</param>
/// <param name="Saturate">The result is clamped to [0, 1].</param>
/// <param name="BFloat">The type is bfloat16 instead of half.</param>
internal readonly record struct HalfMode(bool Flush, bool Saturate, bool BFloat);

/// <summary>Arithmetic on f16, f16x2, bf16 and bf16x2, lane by lane, each result rounded once to nearest.</summary>
internal static unsafe class HalfMath
{
    private const uint CanonicalNaN = 0x7FFF;

    public static int Pack(HalfKind kind, HalfMode mode, bool packed) =>
        (int)kind | (mode.Flush ? 1 << 8 : 0) | (mode.Saturate ? 1 << 9 : 0) | (mode.BFloat ? 1 << 10 : 0) | (packed ? 1 << 11 : 0);

    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        var kind = (HalfKind)(o->N & 0xFF);
        var mode = new HalfMode((o->N & 1 << 8) != 0, (o->N & 1 << 9) != 0, (o->N & 1 << 10) != 0);
        bool packed = (o->N & 1 << 11) != 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint a = ((uint*)(r + o->A))[lane];
            uint b = o->B >= 0 ? ((uint*)(r + o->B))[lane] : 0;
            uint c = o->C >= 0 ? ((uint*)(r + o->C))[lane] : 0;
            ((uint*)(r + o->D))[lane] = packed ? Packed(a, b, c, kind, mode) : Single(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF, kind, mode);
        }
    }

    /// <summary>The operation on both halves of 32-bit operands.</summary>
    public static uint Packed(uint a, uint b, uint c, HalfKind kind, HalfMode mode) =>
        Single(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF, kind, mode) | Single(a >> 16, b >> 16, c >> 16, kind, mode) << 16;

    /// <summary>The operation on one 16-bit operand each.</summary>
    public static uint Single(uint a, uint b, uint c, HalfKind kind, HalfMode mode)
    {
        if (mode.Flush)
            (a, b, c) = (Flush(a), Flush(b), Flush(c));
        if (kind == HalfKind.Negate)
            return a ^ 0x8000;
        if (kind == HalfKind.Abs)
            return a & 0x7FFF;
        double x = Widen(a, mode.BFloat), y = Widen(b, mode.BFloat), z = Widen(c, mode.BFloat);
        uint result;
        switch (kind)
        {
            case HalfKind.Min:
                result = Narrow(double.MinNumber(x, y), mode);
                break;
            case HalfKind.Max:
                result = Narrow(double.MaxNumber(x, y), mode);
                break;
            case HalfKind.Fma:
                // The product is exact in double; the sum is rounded to odd, which makes the rounding to 16 bits the only one.
                double product = x * y;
                var (sum, error) = Rounding.TwoSum(product, z);
                result = Narrow(sum == 0 && error == 0 ? product + z : Rounding.ToOdd(sum, error), mode);
                break;
            default:
                // Sums and products of two 16-bit numbers fit in a double, or round harmlessly (it has more than twice the digits).
                result = Narrow(kind == HalfKind.Add ? x + y : kind == HalfKind.Subtract ? x - y : x * y, mode);
                break;
        }
        return mode.Flush ? Flush(result) : result;
    }

    private static uint Flush(uint x) => (x & 0x7C00) == 0 ? x & 0x8000 : x;

    public static double Widen(uint bits, bool bfloat) =>
        bfloat ? BitConverter.UInt32BitsToSingle(bits << 16) : (double)BitConverter.UInt16BitsToHalf((ushort)bits);

    private static uint Narrow(double x, HalfMode mode)
    {
        if (mode.Saturate)
            x = x > 0 ? Math.Min(x, 1) : 0;
        if (double.IsNaN(x))
            return CanonicalNaN;
        if (!mode.BFloat)
            return BitConverter.HalfToUInt16Bits((Half)x);
        // double -> float with a sticky last bit -> bfloat16.
        float toZero = Rounding.ToSingle(x, 0, RoundingMode.Zero);
        uint bits = BitConverter.SingleToUInt32Bits(toZero);
        if (toZero != x && float.IsFinite(toZero))
            bits |= 1;
        return Rounding.ToBFloat16(BitConverter.UInt32BitsToSingle(bits), RoundingMode.Nearest);
    }
}
