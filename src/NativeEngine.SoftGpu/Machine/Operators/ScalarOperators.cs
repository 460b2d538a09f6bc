using System.Numerics;

namespace NativeEngine.SoftGpu;

internal struct MulHi<T> : IScalar<T, T, T, int> where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T a, T b, int c)
    {
        if (typeof(T) == typeof(ulong))
            return T.CreateTruncating(Math.BigMul(ulong.CreateTruncating(a), ulong.CreateTruncating(b), out _));
        if (typeof(T) == typeof(long))
            return T.CreateTruncating(Math.BigMul(long.CreateTruncating(a), long.CreateTruncating(b), out _));
        return T.CreateTruncating(long.CreateTruncating(a) * long.CreateTruncating(b) >> 32);
    }
}

/// <summary>High half of the product plus c.</summary>
internal struct MadHi<T> : IScalar<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T a, T b, T c) => unchecked(MulHi<T>.Invoke(a, b, 0) + c);
}

/// <summary>Sum clamped to the range of int.</summary>
internal struct AddSat : IScalar<int, int, int, int>
{
    public static int Invoke(int a, int b, int c) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue);
}

internal struct SubSat : IScalar<int, int, int, int>
{
    public static int Invoke(int a, int b, int c) => (int)Math.Clamp((long)a - b, int.MinValue, int.MaxValue);
}

internal struct PopCount<T> : IScalar<uint, T, uint, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static uint Invoke(T a, uint b, uint c) => uint.CreateTruncating(T.PopCount(a));
}

internal struct LeadingZeros<T> : IScalar<uint, T, uint, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static uint Invoke(T a, uint b, uint c) => uint.CreateTruncating(T.LeadingZeroCount(a));
}

/// <summary>
/// Position of the highest bit that differs from the sign (signed) or of the highest one (unsigned), or its distance from the top with
/// <c>.shiftamt</c> (c = 1); all ones when there is none.
/// </summary>
internal struct FindHighBit<T> : IScalar<uint, T, uint, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe uint Invoke(T a, uint b, uint c)
    {
        var bits = T.IsNegative(a) ? ~a : a;
        if (bits == T.Zero)
            return uint.MaxValue;
        uint distance = LeadingZeros<T>.Invoke(bits, 0, 0);
        return c != 0 ? distance : 8 * (uint)sizeof(T) - 1 - distance;
    }
}

internal struct BitReverse32 : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (uint)(BitReverse64.Invoke(a, 0, 0) >> 32);
}

internal struct BitReverse64 : IScalar<ulong, ulong, uint, uint>
{
    public static ulong Invoke(ulong a, uint b, uint c)
    {
        a = (a >> 1 & 0x5555_5555_5555_5555) | (a & 0x5555_5555_5555_5555) << 1;
        a = (a >> 2 & 0x3333_3333_3333_3333) | (a & 0x3333_3333_3333_3333) << 2;
        a = (a >> 4 & 0x0F0F_0F0F_0F0F_0F0F) | (a & 0x0F0F_0F0F_0F0F_0F0F) << 4;
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
    }
}

/// <summary>Bit field of a from position b, length c (both the low 8 bits); bits beyond the top are 0, or the sign of the field for signed types.</summary>
internal struct ExtractU32 : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (uint)ExtractU64.Field(a, b & 255, c & 255, 32);
}

internal struct ExtractS32 : IScalar<int, int, uint, uint>
{
    public static int Invoke(int a, uint b, uint c) => (int)ExtractS64.Field(a, b & 255, c & 255, 32);
}

internal struct ExtractU64 : IScalar<ulong, ulong, uint, uint>
{
    public static ulong Invoke(ulong a, uint b, uint c) => Field(a, b & 255, c & 255, 64);

    public static ulong Field(ulong a, uint position, uint length, uint width)
    {
        if (length == 0 || position >= width)
            return 0;
        ulong shifted = a >> (int)position;
        return length >= 64 ? shifted : shifted & ((1UL << (int)length) - 1);
    }
}

internal struct ExtractS64 : IScalar<long, long, uint, uint>
{
    public static long Invoke(long a, uint b, uint c) => Field(a, b & 255, c & 255, 64);

    public static long Field(long a, uint position, uint length, uint width)
    {
        if (length == 0)
            return 0;
        // a is sign-extended, so an arithmetic shift supplies the sign for what lies beyond the top.
        long shifted = a >> (int)Math.Min(position, 63);
        uint inside = Math.Min(length, position >= width ? 1 : width - position);
        int unused = 64 - (int)inside;
        return shifted << unused >> unused;
    }
}

/// <summary>a's low bits put into b at a position and length given in one 16-bit pair (low byte position, next byte length).</summary>
internal struct Insert32 : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (uint)Insert64.Put(a, b, c & 255, c >> 8 & 255, 32);
}

internal struct Insert64 : IScalar<ulong, ulong, ulong, uint>
{
    public static ulong Invoke(ulong a, ulong b, uint c) => Put(a, b, c & 255, c >> 8 & 255, 64);

    public static ulong Put(ulong a, ulong b, uint position, uint length, uint width)
    {
        if (position >= width || length == 0)
            return b;
        ulong field = (length >= 64 ? ulong.MaxValue : (1UL << (int)length) - 1) << (int)position;
        return (b & ~field) | (a << (int)position & field);
    }
}

/// <summary>Position and length as <see cref="Insert32"/> wants them.</summary>
internal struct PackFieldPlace : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (a & 255) | (b & 255) << 8;
}

/// <summary>Funnel shifts of the pair b:a by c.</summary>
internal struct FunnelLeftWrap : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (uint)((((ulong)b << 32 | a) << (int)(c & 31)) >> 32);
}

internal struct FunnelLeftClamp : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => c >= 32 ? a : FunnelLeftWrap.Invoke(a, b, c);
}

internal struct FunnelRightWrap : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (uint)(((ulong)b << 32 | a) >> (int)(c & 31));
}

internal struct FunnelRightClamp : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => c >= 32 ? b : FunnelRightWrap.Invoke(a, b, c);
}

internal struct SelectSign<T> : IScalar<T, T, T, int> where T : unmanaged
{
    public static T Invoke(T a, T b, int c) => c >= 0 ? a : b;
}

/// <summary>a where c ≥ 0 (so -0 too), else b; NaN takes b.</summary>
internal struct SelectSignFloat<T> : IScalar<T, T, T, float> where T : unmanaged
{
    public static T Invoke(T a, T b, float c) => c >= 0 ? a : b;
}

internal struct SelectSignFloatFtz<T> : IScalar<T, T, T, float> where T : unmanaged
{
    public static T Invoke(T a, T b, float c) => Float32.FlushScalar(c) >= 0 ? a : b;
}

/// <summary>The class of a number: kinds 0 finite, 1 infinite, 2 number, 3 NaN, 4 normal, 5 subnormal.</summary>
internal struct TestFloat<T> : IScalar<bool, T, T, int> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool Invoke(T a, T b, int kind) => kind switch
    {
        0 => T.IsFinite(a),
        1 => T.IsInfinity(a),
        2 => !T.IsNaN(a),
        3 => T.IsNaN(a),
        4 => T.IsNormal(a),
        _ => T.IsSubnormal(a),
    };
}
