using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>Low word of the product of the low 24 bits of both sources.</summary>
internal struct Multiply24<T> : IScalar<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T a, T b, T c) => T.CreateTruncating(Product(a, b));

    internal static long Product(T a, T b) => Low24(a) * Low24(b);

    /// <summary>The low 24 bits with the sign of their type.</summary>
    private static long Low24(T x) => typeof(T) == typeof(int) ? int.CreateTruncating(x) << 8 >> 8 : int.CreateTruncating(x) & 0xFF_FFFF;
}

/// <summary>Bits 16 to 47 of the product of the low 24 bits of both sources.</summary>
internal struct Multiply24High<T> : IScalar<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Invoke(T a, T b, T c) => T.CreateTruncating(Multiply24<T>.Product(a, b) >> 16);
}

/// <summary>c + |a - b| of sources of type <typeparamref name="T"/> in lanes of <typeparamref name="TLane"/>.</summary>
internal struct AddDifference<T, TLane> : IScalar<TLane, TLane, TLane, TLane>
    where T : unmanaged, IBinaryInteger<T>
    where TLane : unmanaged, IBinaryInteger<TLane>
{
    public static TLane Invoke(TLane a, TLane b, TLane c)
    {
        T x = T.CreateTruncating(a), y = T.CreateTruncating(b);
        var sum = unchecked(T.CreateTruncating(c) + (x > y ? x - y : y - x));
        // Short types live zero-extended in their lanes.
        return TLane.CreateTruncating(ulong.CreateTruncating(sum) & ulong.MaxValue >> (64 - 8 * Unsafe.SizeOf<T>()));
    }
}

/// <summary>c plus the dot product of four bytes.</summary>
internal struct Dot4<TA, TB> : IScalar<uint, uint, uint, uint> where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
{
    public static uint Invoke(uint a, uint b, uint c)
    {
        for (int i = 0; i < 32; i += 8)
            c += (uint)(int.CreateTruncating(TA.CreateTruncating(a >> i)) * int.CreateTruncating(TB.CreateTruncating(b >> i)));
        return c;
    }
}

/// <summary>c plus the dot product of two 16-bit numbers and the lower two bytes.</summary>
internal struct Dot2<TA, TB> : IScalar<uint, uint, uint, uint> where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
{
    public static uint Invoke(uint a, uint b, uint c)
    {
        for (int i = 0; i < 2; i++)
            c += (uint)(int.CreateTruncating(TA.CreateTruncating(a >> (16 * i))) * int.CreateTruncating(TB.CreateTruncating(b >> (8 * i))));
        return c;
    }
}

/// <summary>As <see cref="Dot2{TA, TB}"/> with the upper two bytes.</summary>
internal struct Dot2High<TA, TB> : IScalar<uint, uint, uint, uint> where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
{
    public static uint Invoke(uint a, uint b, uint c) => Dot2<TA, TB>.Invoke(a, b >> 16, c);
}

/// <summary>b ones from position a, both of which count modulo 32.</summary>
internal struct BitMask : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => (uint)(((1UL << (int)(b & 31)) - 1) << (int)(a & 31));
}

/// <summary>b ones from position a; what lies beyond the top is cut.</summary>
internal struct BitMaskClamped : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => a >= 32 ? 0 : b >= 32 ? uint.MaxValue << (int)a : BitMask.Invoke(a, b, 0);
}

/// <summary>The low b bits of a, b modulo 32.</summary>
internal struct ZeroExtend : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => a & ~(uint.MaxValue << (int)(b & 31));
}

internal struct ZeroExtendClamped : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => b >= 32 ? a : ZeroExtend.Invoke(a, b, 0);
}

/// <summary>The low b bits of a with their sign, b modulo 32.</summary>
internal struct SignExtend : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c)
    {
        int unused = 32 - (int)(b & 31);
        return unused == 32 ? 0 : (uint)((int)(a << unused) >> unused);
    }
}

internal struct SignExtendClamped : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c) => b >= 32 ? a : SignExtend.Invoke(a, b, 0);
}

/// <summary>Position of the c-th one of a, counted from position b upwards, or downwards where c is negative; all ones when there is none.</summary>
internal struct FindNthSet : IScalar<uint, uint, uint, uint>
{
    public static uint Invoke(uint a, uint b, uint c)
    {
        int offset = (int)c;
        long left = Math.Max(1, Math.Abs((long)offset));
        for (long at = b; at is >= 0 and < 32; at += offset < 0 ? -1 : 1)
        {
            if ((a >> (int)at & 1) != 0 && --left == 0)
                return (uint)at;
            if (offset == 0)
                break;
        }
        return uint.MaxValue;
    }
}

/// <summary>Negative integers become zero.</summary>
internal struct NotNegative : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => Vector512.Max(a, Vector512<T>.Zero);
}

/// <summary>An operator on the 16-bit halves of words.</summary>
internal struct OfHalves<TOperator, THalf, TBehind> : IBinary where TOperator : struct, IBinary where THalf : unmanaged where TBehind : struct, IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged =>
        TBehind.Invoke(TOperator.Invoke(a.As<T, THalf>(), b.As<T, THalf>())).As<THalf, T>();
}
