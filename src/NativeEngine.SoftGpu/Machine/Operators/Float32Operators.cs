using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// Every arithmetic NaN result is the canonical 0x7fffffff, as on the GPU, whatever the payload the host's instruction made.

internal static class Float32
{
    public const uint CanonicalNaN = 0x7FFF_FFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Canonical(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, x).AsUInt32(), x.AsUInt32(), Vector512.Create(CanonicalNaN));

    /// <summary>Subnormal numbers become zeros of the same sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Flush(Vector512<uint> x)
    {
        var tiny = Vector512.Equals(x & Vector512.Create(0x7F80_0000u), Vector512<uint>.Zero);
        return Vector512.ConditionalSelect(tiny, x & Vector512.Create(0x8000_0000u), x);
    }

    /// <summary>Clamps to [0, 1]; NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Saturate(Vector512<uint> bits)
    {
        var x = bits.AsSingle();
        var above = Vector512.GreaterThan(x, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(above, Vector512.MinNative(x, Vector512<float>.One), Vector512<float>.Zero).AsUInt32();
    }

    public static float FromBits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    public static uint ToBits(float value) => float.IsNaN(value) ? CanonicalNaN : BitConverter.SingleToUInt32Bits(value);

    public static float FlushScalar(float x) => float.IsSubnormal(x) ? MathF.CopySign(0f, x) : x;
}

internal struct AddF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(a.AsSingle() + b.AsSingle());
}

internal struct SubF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(a.AsSingle() - b.AsSingle());
}

internal struct MulF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(a.AsSingle() * b.AsSingle());
}

internal struct DivF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(a.AsSingle() / b.AsSingle());
}

/// <summary>The number wins over NaN, and -0 is less than +0.</summary>
internal struct MinF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(Vector512.MinNumber(a.AsSingle(), b.AsSingle()));
}

internal struct MaxF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(Vector512.MaxNumber(a.AsSingle(), b.AsSingle()));
}

/// <summary>NaN wins (<c>min.NaN</c>).</summary>
internal struct MinNaNF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(Vector512.Min(a.AsSingle(), b.AsSingle()));
}

internal struct MaxNaNF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(Vector512.Max(a.AsSingle(), b.AsSingle()));
}

/// <summary>The magnitude of b with the sign of a.</summary>
internal struct CopySignF32 : IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => (a & Vector512.Create(0x8000_0000u)) | (b & Vector512.Create(0x7FFF_FFFFu));
}

internal struct FmaF32 : ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        Float32.Canonical(Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()));
}

internal struct SqrtF32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Float32.Canonical(Vector512.Sqrt(a.AsSingle()));
}

internal struct RcpF32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Float32.Canonical(Vector512<float>.One / a.AsSingle());
}

internal struct AbsF32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => a & Vector512.Create(0x7FFF_FFFFu);
}

internal struct NegF32 : IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => a ^ Vector512.Create(0x8000_0000u);
}

/// <summary><c>.ftz</c>: subnormal sources and results are flushed.</summary>
internal struct FtzUnary<T> : IUnary32 where T : struct, IUnary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a) => Float32.Flush(T.Invoke(Float32.Flush(a)));
}

/// <summary><c>.ftz</c>: subnormal sources and results are flushed.</summary>
internal struct FtzBinary<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Flush(T.Invoke(Float32.Flush(a), Float32.Flush(b)));
}

/// <summary><c>.ftz</c>: subnormal sources and results are flushed.</summary>
internal struct FtzTernary<T> : ITernary32 where T : struct, ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Float32.Flush(T.Invoke(Float32.Flush(a), Float32.Flush(b), Float32.Flush(c)));
}

/// <summary><c>.sat</c>: the result is clamped to [0, 1].</summary>
internal struct SatBinary<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => Float32.Saturate(T.Invoke(a, b));
}

/// <summary><c>.sat</c>: the result is clamped to [0, 1].</summary>
internal struct SatTernary<T> : ITernary32 where T : struct, ITernary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Float32.Saturate(T.Invoke(a, b, c));
}

/// <summary><c>.ftz</c> of a comparison: only the sources are flushed.</summary>
internal struct FtzCompare<T> : IBinary32 where T : struct, IBinary32
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b) => T.Invoke(Float32.Flush(a), Float32.Flush(b));
}
