using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal struct CutTo8 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => a & Vector512.Create(0xFFu);
}

internal struct CutTo16 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Narrow.Cut(a);
}

internal struct SignFrom8 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(a.AsInt32(), 24), 24).AsUInt32();
}

internal struct SignFrom16 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Narrow.SignExtend(a);
}

internal struct S32ToF32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Vector512.ConvertToSingle(a.AsInt32()).AsUInt32();
}

/// <summary>Through double, which holds every 32-bit integer: one rounding on every machine.</summary>
internal struct U32ToF32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) =>
        Vector512.Narrow(Vector512.ConvertToDouble(Vector512.WidenLower(a).AsInt64()), Vector512.ConvertToDouble(Vector512.WidenUpper(a).AsInt64())).AsUInt32();
}

/// <summary>Saturates; NaN gives 0.</summary>
internal struct F32ToS32<TRound> : IUnary32 where TRound : struct, IRound
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Vector512.ConvertToInt32(TRound.Invoke(a.AsSingle())).AsUInt32();
}

internal interface IRound
{
    static abstract Vector512<float> Invoke(Vector512<float> x);
}

internal struct RoundNearest : IRound
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Round(x);
}

internal struct RoundZero : IRound
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Truncate(x);
}

internal struct RoundDown : IRound
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Floor(x);
}

internal struct RoundUp : IRound
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Ceiling(x);
}

/// <summary>Rounds a float to an integral float.</summary>
internal struct RoundF32<TRound> : IUnary32 where TRound : struct, IRound
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Float32.Canonical(TRound.Invoke(a.AsSingle()));
}

internal struct F16ToF32 : IUnary32
{
    /// <summary>Exact: exponents are re-biased; subnormal halves are made by a subtraction that normalises them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a)
    {
        var sign = (a & Vector512.Create(0x8000u)) << 16;
        var shifted = (a & Vector512.Create(0x7FFFu)) << 13;
        var exponent = shifted & Vector512.Create(0x0F80_0000u);
        var normal = shifted + Vector512.Create(0x3800_0000u);
        normal += Vector512.Equals(exponent, Vector512.Create(0x0F80_0000u)) & Vector512.Create(0x3800_0000u);
        var subnormal = ((shifted + Vector512.Create(0x3880_0000u)).AsSingle() - Vector512.Create(6.103515625e-05f)).AsUInt32();
        var magnitude = Vector512.ConditionalSelect(Vector512.Equals(exponent, Vector512<uint>.Zero), subnormal, normal);
        return Float32.Canonical((magnitude | sign).AsSingle());
    }
}

/// <summary>As <see cref="F16ToF32"/> with subnormal halves taken as zero.</summary>
internal struct F16ToF32Flushed : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a)
    {
        var tiny = Vector512.Equals(a & Vector512.Create(0x7C00u), Vector512<uint>.Zero);
        return F16ToF32.Invoke(Vector512.ConditionalSelect(tiny, a & Vector512.Create(0x8000u), a));
    }
}

internal struct F32ToF16 : IUnary32
{
    /// <summary>
    /// Rounds to nearest even: by integer addition where the half is normal, by adding 0.5 (whose last digit is the last digit of a subnormal half)
    /// where it is not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a)
    {
        var sign = (a & Vector512.Create(0x8000_0000u)) >> 16;
        var magnitude = a & Vector512.Create(0x7FFF_FFFFu);
        var normal = (magnitude + Vector512.Create(0xC800_0FFFu) + ((magnitude >> 13) & Vector512<uint>.One)) >> 13;
        var subnormal = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32() - Vector512.Create(0x3F00_0000u);
        var result = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0x3880_0000u)), subnormal, normal);
        result = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x4780_0000u)), Vector512.Create(0x7C00u), result);
        var isNaN = Vector512.GreaterThan(magnitude, Vector512.Create(0x7F80_0000u));
        return Vector512.ConditionalSelect(isNaN, Vector512.Create(0x7FFFu), result | sign);
    }
}
