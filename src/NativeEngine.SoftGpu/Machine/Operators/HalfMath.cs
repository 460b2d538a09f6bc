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
    Exp2,
    Tanh,
}

/// <summary>What a half-precision operation does besides its arithmetic.</summary>
[Flags]
internal enum HalfMode
{
    None = 0,

    /// <summary>Subnormal sources and results become zero.</summary>
    Flush = 1 << 8,

    /// <summary>The result is clamped to [0, 1].</summary>
    Saturate = 1 << 9,

    /// <summary>The type is bfloat16 instead of half.</summary>
    BFloat = 1 << 10,

    /// <summary>Both halves of 32-bit operands.</summary>
    Packed = 1 << 11,

    /// <summary>Negative results become zero.</summary>
    Relu = 1 << 12,

    /// <summary>Minimum and maximum are NaN when a source is.</summary>
    PropagateNaN = 1 << 13,

    /// <summary>Magnitudes are compared; the result's sign is the product of the signs.</summary>
    XorSign = 1 << 14,
}

/// <summary>Arithmetic on f16, f16x2, bf16 and bf16x2, lane by lane, each result rounded once to nearest.</summary>
internal static unsafe class HalfMath
{
    /// <summary>The mode that an instruction's modifiers and type ask for.</summary>
    public static HalfMode ModeOf(PtxInstruction instruction) =>
        (instruction.Has("ftz") && !instruction.Type.IsBFloat() ? HalfMode.Flush : 0)
        | (instruction.Has("sat") ? HalfMode.Saturate : 0)
        | (instruction.Has("relu") ? HalfMode.Relu : 0)
        | (instruction.Has("NaN") ? HalfMode.PropagateNaN : 0)
        | (instruction.Has("xorsign") ? HalfMode.XorSign : 0)
        | (instruction.Type.IsBFloat() ? HalfMode.BFloat : 0)
        | (instruction.Type.IsPair() ? HalfMode.Packed : 0);

    /// <summary><see cref="Op.N"/> is the kind in the low byte and the mode above.</summary>
    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        var kind = (HalfKind)(o->N & 0xFF);
        var mode = (HalfMode)(o->N & ~0xFF);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint a = ((uint*)(r + o->A))[lane];
            uint b = o->B >= 0 ? ((uint*)(r + o->B))[lane] : 0;
            uint c = o->C >= 0 ? ((uint*)(r + o->C))[lane] : 0;
            ((uint*)(r + o->D))[lane] = mode.HasFlag(HalfMode.Packed) ? Packed(a, b, c, kind, mode) : Single(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF, kind, mode);
        }
    }

    /// <summary>The operation on both halves of 32-bit operands.</summary>
    public static uint Packed(uint a, uint b, uint c, HalfKind kind, HalfMode mode) =>
        Single(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF, kind, mode) | Single(a >> 16, b >> 16, c >> 16, kind, mode) << 16;

    /// <summary>The operation on one 16-bit operand each.</summary>
    public static uint Single(uint a, uint b, uint c, HalfKind kind, HalfMode mode)
    {
        bool flush = mode.HasFlag(HalfMode.Flush);
        if (flush)
            (a, b, c) = (Flush(a), Flush(b), Flush(c));
        if (kind == HalfKind.Negate)
            return a ^ 0x8000;
        if (kind == HalfKind.Abs)
            return a & 0x7FFF;
        uint sign = 0;
        if (mode.HasFlag(HalfMode.XorSign))
        {
            sign = (a ^ b) & 0x8000;
            (a, b) = (a & 0x7FFF, b & 0x7FFF);
        }
        bool bfloat = mode.HasFlag(HalfMode.BFloat);
        double x = Widen(a, bfloat), y = Widen(b, bfloat), z = Widen(c, bfloat);
        uint result = Narrow(Exact(x, y, z, kind, mode.HasFlag(HalfMode.PropagateNaN)), mode);
        if (sign != 0 && (result & 0x7FFF) != ShortFormat.F16.NaN)
            result |= sign;
        return flush ? Flush(result) : result;
    }

    /// <summary>The result as a double that rounds to 16 bits as the exact result does.</summary>
    private static double Exact(double x, double y, double z, HalfKind kind, bool propagate)
    {
        switch (kind)
        {
            case HalfKind.Min:
                return propagate ? Math.Min(x, y) : double.MinNumber(x, y);
            case HalfKind.Max:
                return propagate ? Math.Max(x, y) : double.MaxNumber(x, y);
            case HalfKind.Exp2:
                return Math.Pow(2, x);
            case HalfKind.Tanh:
                return Math.Tanh(x);
            case HalfKind.Fma:
                // The product is exact in double; the sum is rounded to odd, which makes the rounding to 16 bits the only one.
                double product = x * y;
                var (sum, error) = Rounding.TwoSum(product, z);
                return sum == 0 && error == 0 ? product + z : Rounding.ToOdd(sum, error);
            default:
                // Sums and products of two 16-bit numbers fit in a double, or round harmlessly (it has more than twice the digits).
                return kind == HalfKind.Add ? x + y : kind == HalfKind.Subtract ? x - y : x * y;
        }
    }

    private static uint Flush(uint x) => (x & 0x7C00) == 0 ? x & 0x8000 : x;

    public static double Widen(uint bits, bool bfloat) =>
        bfloat ? BitConverter.UInt32BitsToSingle(bits << 16) : (double)BitConverter.UInt16BitsToHalf((ushort)bits);

    private static uint Narrow(double x, HalfMode mode)
    {
        if (mode.HasFlag(HalfMode.Saturate))
            x = x > 0 ? Math.Min(x, 1) : 0;
        if (double.IsNaN(x))
            return ShortFormat.F16.NaN;
        uint bits = mode.HasFlag(HalfMode.BFloat) ? ShortFormat.BF16.Encode(x, RoundingMode.Nearest) : BitConverter.HalfToUInt16Bits((Half)x);
        return mode.HasFlag(HalfMode.Relu) && (bits & 0x8000) != 0 ? 0 : bits;
    }
}
