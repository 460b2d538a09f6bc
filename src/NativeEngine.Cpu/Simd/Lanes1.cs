using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>One float at a time: machines without vectors, and the last word on what the wide versions mean.</summary>
internal readonly unsafe struct Lanes1(float value) : ILanes<Lanes1>
{
    private readonly float _value = value;

    public static int Width => 1;

    public static Lanes1 Create(float value) => new(value);

    public static Lanes1 Load(float* source) => new(*source);

    public static void Store(Lanes1 x, float* target) => *target = x._value;

    public static Lanes1 operator +(Lanes1 a, Lanes1 b) => new(a._value + b._value);

    public static Lanes1 operator -(Lanes1 a, Lanes1 b) => new(a._value - b._value);

    public static Lanes1 operator *(Lanes1 a, Lanes1 b) => new(a._value * b._value);

    public static Lanes1 operator /(Lanes1 a, Lanes1 b) => new(a._value / b._value);

    public static Lanes1 operator -(Lanes1 x) => new(-x._value);

    public static Lanes1 operator &(Lanes1 a, Lanes1 b) => FromBits(Bits(a) & Bits(b));

    public static Lanes1 operator |(Lanes1 a, Lanes1 b) => FromBits(Bits(a) | Bits(b));

    public static Lanes1 operator ^(Lanes1 a, Lanes1 b) => FromBits(Bits(a) ^ Bits(b));

    public static Lanes1 operator ~(Lanes1 x) => FromBits(~Bits(x));

    public static Lanes1 MultiplyAdd(Lanes1 a, Lanes1 b, Lanes1 c) => new(float.MultiplyAddEstimate(a._value, b._value, c._value));

    public static Lanes1 Max(Lanes1 a, Lanes1 b) => new(MathF.Max(a._value, b._value));

    public static Lanes1 Min(Lanes1 a, Lanes1 b) => new(MathF.Min(a._value, b._value));

    public static Lanes1 AtLeast(Lanes1 x, Lanes1 bound) => Max(x, bound);

    public static Lanes1 AtMost(Lanes1 x, Lanes1 bound) => Min(x, bound);

    public static Lanes1 Sqrt(Lanes1 x) => new(MathF.Sqrt(x._value));

    public static Lanes1 Abs(Lanes1 x) => new(MathF.Abs(x._value));

    public static Lanes1 Log(Lanes1 x) => new(MathF.Log(x._value));

    public static Lanes1 Round(Lanes1 x) => new(MathF.Round(x._value));

    public static Lanes1 PowerOfTwo(Lanes1 x) => FromBits((uint)((int)x._value + 127) << 23);

    public static Lanes1 Scale(Lanes1 x, Lanes1 n) => LaneMath.ScaleByFactors(x, n);

    public static Lanes1 Greater(Lanes1 a, Lanes1 b) => Mask(a._value > b._value);

    public static Lanes1 GreaterOrEqual(Lanes1 a, Lanes1 b) => Mask(a._value >= b._value);

    public static Lanes1 Equal(Lanes1 a, Lanes1 b) => Mask(a._value == b._value);

    public static Lanes1 Select(Lanes1 mask, Lanes1 a, Lanes1 b) => Bits(mask) != 0 ? a : b;

    public static Lanes1 GroupLanes(int group, int lane) => default;

    public static Lanes1 Permute(Lanes1 x, Lanes1 numbers) => x;

    public static float Sum(Lanes1 x) => x._value;

    public static float MaxAcross(Lanes1 x) => x._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bits(Lanes1 x) => BitConverter.SingleToUInt32Bits(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes1 FromBits(uint bits) => new(BitConverter.UInt32BitsToSingle(bits));

    private static Lanes1 Mask(bool set) => FromBits(set ? uint.MaxValue : 0);
}
