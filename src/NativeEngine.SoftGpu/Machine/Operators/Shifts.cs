using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Shifts by an amount per lane with PTX's rule: amounts as large as the width shift everything out. The x86 variable shifts obey the same rule; the
/// portable path handles one amount for all lanes in vectors, different amounts lane by lane.
/// </summary>
internal static class Shifts
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Left(Vector512<uint> a, Vector512<uint> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftLeftLogicalVariable(a, n);
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ShiftLeftLogicalVariable(a.GetLower(), n.GetLower()), Avx2.ShiftLeftLogicalVariable(a.GetUpper(), n.GetUpper()));
        return Map(a, n, static (x, s) => s > 31 ? 0 : x << (int)s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Right(Vector512<uint> a, Vector512<uint> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftRightLogicalVariable(a, n);
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ShiftRightLogicalVariable(a.GetLower(), n.GetLower()), Avx2.ShiftRightLogicalVariable(a.GetUpper(), n.GetUpper()));
        return Map(a, n, static (x, s) => s > 31 ? 0 : x >> (int)s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> RightArithmetic(Vector512<uint> a, Vector512<uint> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftRightArithmeticVariable(a.AsInt32(), n).AsUInt32();
        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Avx2.ShiftRightArithmeticVariable(a.GetLower().AsInt32(), n.GetLower()),
                Avx2.ShiftRightArithmeticVariable(a.GetUpper().AsInt32(), n.GetUpper())).AsUInt32();
        }
        return Map(a, n, static (x, s) => (uint)((int)x >> (int)Math.Min(s, 31)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Left(Vector512<ulong> a, Vector512<ulong> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftLeftLogicalVariable(a, n);
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ShiftLeftLogicalVariable(a.GetLower(), n.GetLower()), Avx2.ShiftLeftLogicalVariable(a.GetUpper(), n.GetUpper()));
        return Map(a, n, static (x, s) => s > 63 ? 0 : x << (int)s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Right(Vector512<ulong> a, Vector512<ulong> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftRightLogicalVariable(a, n);
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ShiftRightLogicalVariable(a.GetLower(), n.GetLower()), Avx2.ShiftRightLogicalVariable(a.GetUpper(), n.GetUpper()));
        return Map(a, n, static (x, s) => s > 63 ? 0 : x >> (int)s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RightArithmetic(Vector512<ulong> a, Vector512<ulong> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftRightArithmeticVariable(a.AsInt64(), n).AsUInt64();
        return Map(a, n, static (x, s) => (ulong)((long)x >> (int)Math.Min(s, 63)));
    }

    private static Vector512<T> Map<T>(Vector512<T> a, Vector512<T> n, Func<T, T, T> shift)
    {
        for (int lane = 0; lane < Vector512<T>.Count; lane++)
            a = a.WithElement(lane, shift(a.GetElement(lane), n.GetElement(lane)));
        return a;
    }
}
