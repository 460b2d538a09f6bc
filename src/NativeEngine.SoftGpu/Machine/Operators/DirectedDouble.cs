using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>float64 arithmetic with rz, rm or rp: rare, so it is done in exact integers, lane by lane.</summary>
internal static unsafe class DirectedDouble
{
    /// <summary><see cref="Op.N"/> as <see cref="DirectedFloat.Pack"/> makes it.</summary>
    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            double a = ((double*)(r + o->A))[lane], b = ((double*)(r + o->B))[lane], c = ((double*)(r + o->C))[lane];
            double nearest = (DirectedOperation)(o->N & 15) switch
            {
                DirectedOperation.Add => a + b,
                DirectedOperation.Subtract => a - b,
                DirectedOperation.Multiply => a * b,
                DirectedOperation.Fma => Math.FusedMultiplyAdd(a, b, c),
                DirectedOperation.Divide => a / b,
                DirectedOperation.Reciprocal => 1 / a,
                _ => Math.Sqrt(a),
            };
            ((ulong*)(r + o->D))[lane] = Float64.ToBits(Direct(nearest, (DirectedOperation)(o->N & 15), (RoundingMode)(o->N >> 4 & 15), (a, b, c)));
        }
    }

    /// <summary>Moves the nearest result to the wanted side of the exact one.</summary>
    private static double Direct(double nearest, DirectedOperation operation, RoundingMode mode, (double A, double B, double C) s)
    {
        if (double.IsNaN(nearest) || !double.IsFinite(s.A) || Unbounded(operation, s))
            return nearest;
        int side = Side(nearest, operation, s);
        if (side == 0)
        {
            // Exact sums of zero that are not sums of equal zeros have the sign of the direction.
            bool cancelled = nearest == 0 && operation switch
            {
                DirectedOperation.Add => s.A != 0 || double.IsNegative(s.A) != double.IsNegative(s.B),
                DirectedOperation.Subtract => s.A != 0 || double.IsNegative(s.A) == double.IsNegative(s.B),
                DirectedOperation.Fma => s.C != 0 || double.IsNegative(s.C) != (double.IsNegative(s.A) != double.IsNegative(s.B)),
                _ => false,
            };
            return !cancelled ? nearest : mode == RoundingMode.Down ? -0.0 : 0.0;
        }
        bool negative = nearest < 0 || (nearest == 0 && side < 0);
        bool down = mode == RoundingMode.Down || (mode == RoundingMode.Zero && !negative);
        return side < 0 && down ? Math.BitDecrement(nearest) : side > 0 && !down ? Math.BitIncrement(nearest) : nearest;
    }

    /// <summary>True when infinities or division by zero make the result exact.</summary>
    private static bool Unbounded(DirectedOperation operation, (double A, double B, double C) s) => operation switch
    {
        DirectedOperation.Reciprocal => s.A == 0,
        DirectedOperation.SquareRoot => false,
        DirectedOperation.Divide => !double.IsFinite(s.B) || s.B == 0,
        DirectedOperation.Fma => !double.IsFinite(s.B) || !double.IsFinite(s.C),
        _ => !double.IsFinite(s.B),
    };

    /// <summary>The sign of the exact result minus the nearest one.</summary>
    private static int Side(double nearest, DirectedOperation operation, (double A, double B, double C) s)
    {
        // An infinite result stands for a finite one beyond the largest number.
        if (double.IsInfinity(nearest))
            return -Math.Sign(nearest);
        Exact a = new(s.A), b = new(s.B), c = new(s.C), n = new(nearest);
        return operation switch
        {
            DirectedOperation.Add => (a + b - n).Sign,
            DirectedOperation.Subtract => (a - b - n).Sign,
            DirectedOperation.Multiply => (a * b - n).Sign,
            DirectedOperation.Fma => (a * b + c - n).Sign,
            DirectedOperation.Divide => (a - n * b).Sign * b.Sign,
            DirectedOperation.Reciprocal => (new Exact(1) - n * a).Sign * a.Sign,
            _ => (a - n * n).Sign,
        };
    }

    /// <summary>A finite number as an integer times a power of two.</summary>
    private readonly record struct Exact(BigInteger Digits, int Exponent)
    {
        public Exact(double x)
            : this(0, 0)
        {
            ulong bits = BitConverter.DoubleToUInt64Bits(x);
            int biased = (int)(bits >> 52 & 0x7FF);
            ulong digits = (bits & 0xF_FFFF_FFFF_FFFF) | (biased == 0 ? 0 : 1UL << 52);
            Digits = double.IsNegative(x) ? -(BigInteger)digits : digits;
            Exponent = Math.Max(biased, 1) - 1075;
        }

        public int Sign => Digits.Sign;

        public static Exact operator +(Exact a, Exact b)
        {
            int exponent = Math.Min(a.Exponent, b.Exponent);
            return new((a.Digits << (a.Exponent - exponent)) + (b.Digits << (b.Exponent - exponent)), exponent);
        }

        public static Exact operator -(Exact a, Exact b) => a + new Exact(-b.Digits, b.Exponent);

        public static Exact operator *(Exact a, Exact b) => new(a.Digits * b.Digits, a.Exponent + b.Exponent);
    }
}
