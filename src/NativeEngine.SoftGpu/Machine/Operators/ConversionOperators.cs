using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

internal struct CutTo8 : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => a << 24 >>> 24;
}

/// <summary>Extends the low 8 bits by the lane type's own right shift.</summary>
internal struct Extend8 : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged => a << 24 >> 24;
}

internal struct S32ToF32 : IFunction<int, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<int> x) => Vector512.ConvertToSingle(x);
}

/// <summary>Through double, which holds every 32-bit integer: one rounding on every machine.</summary>
internal struct U32ToF32 : IFunction<uint, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<uint> x) =>
        Vector512.Narrow(Vector512.ConvertToDouble(Vector512.WidenLower(x).AsInt64()), Vector512.ConvertToDouble(Vector512.WidenUpper(x).AsInt64()));
}

/// <summary>Saturates; NaN gives 0.</summary>
internal struct F32ToS32<TRound> : IFunction<float, int> where TRound : struct, IFunction<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Invoke(Vector512<float> x) => Vector512.ConvertToInt32(TRound.Invoke(x));
}

/// <summary>Rounds a float to an integral float.</summary>
internal struct RoundF32<TRound> : IFunction<float, float> where TRound : struct, IFunction<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Canonical.Invoke(TRound.Invoke(x));
}

internal struct RoundNearest : IFunction<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Round(x);
}

internal struct RoundZero : IFunction<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Truncate(x);
}

internal struct RoundDown : IFunction<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Floor(x);
}

internal struct RoundUp : IFunction<float, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Ceiling(x);
}

internal struct F16ToF32 : IFunction<uint, float>
{
    /// <summary>Exact: exponents are re-biased; subnormal halves are made by a subtraction that normalises them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<uint> x)
    {
        var sign = (x & Vector512.Create(0x8000u)) << 16;
        var shifted = (x & Vector512.Create(0x7FFFu)) << 13;
        var exponent = shifted & Vector512.Create(0x0F80_0000u);
        var normal = shifted + Vector512.Create(0x3800_0000u);
        normal += Vector512.Equals(exponent, Vector512.Create(0x0F80_0000u)) & Vector512.Create(0x3800_0000u);
        var subnormal = ((shifted + Vector512.Create(0x3880_0000u)).AsSingle() - Vector512.Create(6.103515625e-05f)).AsUInt32();
        var magnitude = Vector512.ConditionalSelect(Vector512.Equals(exponent, Vector512<uint>.Zero), subnormal, normal);
        return Canonical.Invoke((magnitude | sign).AsSingle());
    }
}

/// <summary>As <see cref="F16ToF32"/> with subnormal halves taken as zero.</summary>
internal struct F16ToF32Flushed : IFunction<uint, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<uint> x)
    {
        var tiny = Vector512.Equals(x & Vector512.Create(0x7C00u), Vector512<uint>.Zero);
        return F16ToF32.Invoke(Vector512.ConditionalSelect(tiny, x & Vector512.Create(0x8000u), x));
    }
}

internal struct F32ToF16 : IFunction<float, uint>
{
    /// <summary>
    /// Rounds to nearest even: by integer addition where the half is normal, by adding 0.5 (whose last digit is the last digit of a subnormal half)
    /// where it is not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<float> x)
    {
        var bits = x.AsUInt32();
        var sign = (bits & Vector512.Create(0x8000_0000u)) >> 16;
        var magnitude = bits & Vector512.Create(0x7FFF_FFFFu);
        var normal = (magnitude + Vector512.Create(0xC800_0FFFu) + ((magnitude >> 13) & Vector512<uint>.One)) >> 13;
        var subnormal = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32() - Vector512.Create(0x3F00_0000u);
        var result = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0x3880_0000u)), subnormal, normal);
        result = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x4780_0000u)), Vector512.Create(0x7C00u), result);
        var isNaN = Vector512.GreaterThan(magnitude, Vector512.Create(0x7F80_0000u));
        return Vector512.ConditionalSelect(isNaN, Vector512.Create(0x7FFFu), result | sign);
    }
}
